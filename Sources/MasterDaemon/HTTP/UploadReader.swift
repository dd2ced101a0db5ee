import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// Receives an image with its options: as a form, or as a body with the options in the query.
struct UploadReader: Sendable {
    /// The longest text field of a form, in bytes.
    private static let maximumField = 64 << 10
    private static let fields = RequestNames(kind: "field", known: ["file"] + JobRequest.names)

    let service: JobService
    /// The owner of the created job; `nil` on an open master.
    let owner: String?
    /// The client's limits; `nil` if there are none.
    var client: ClientLimits?
    /// Called when the upload is complete. Throws if the client lost the right to send it.
    var checkRight: @Sendable () async throws -> Void = {}

    /// `POST /api/v1/jobs`: a form. For compatibility, a body of any other type is the image itself.
    func receive(_ request: Request) async throws -> JobRecord {
        try await receive(request, isForm: Self.isForm(request))
    }

    /// `POST /api/v1/jobs/raw`: the body is the image.
    func receiveBody(_ request: Request) async throws -> JobRecord {
        guard !Self.isForm(request) else {
            throw ServiceError(.badRequest, "the body is a form; here it is the image itself. Forms go to /api/v1/jobs")
        }
        return try await receive(request, isForm: false)
    }

    private static func isForm(_ request: Request) -> Bool {
        request.headers[.contentType]?.lowercased().hasPrefix("multipart/form-data") ?? false
    }

    private func receive(_ request: Request, isForm: Bool) async throws -> JobRecord {
        // A number that does not fit an `Int` is too large.
        if let length = request.headers[.contentLength].map({ Int($0) ?? .max }) {
            // The form adds little to the file's size.
            let slack = isForm ? 1 << 20 : 0
            guard length <= service.intake.limits.maximumBytes + slack else { throw service.intake.tooManyBytes }
        }
        try client?.countUpload(bytes: request.headers[.contentLength].flatMap { Int($0) })
        // Held until the job is stored, or has failed.
        let place = try await place()
        defer { withExtendedLifetime(place) {} }
        let key = request.headers[.init("Idempotency-Key").unwrapped]
        return isForm ? try await receiveForm(request, key) : try await receiveImage(request, key)
    }

    private func receiveImage(_ request: Request, _ key: String?) async throws -> JobRecord {
        let query = request.uri.queryParameters
        func field(_ name: String) -> String? { query[Substring(name)].map(String.init) }
        // Errors in the query are reported before the image is read.
        let job = try JobRequest(filename: field("filename"), idempotencyKey: key, field)
        var file = try await service.newUpload()
        try await file.receive(counted(request.body))
        return try await submit(file, job)
    }

    private func receiveForm(_ request: Request, _ key: String?) async throws -> JobRecord {
        if let (name, _) = request.uri.queryParameters.first {
            throw ServiceError(
                .badRequest, field: String(name.prefix(40)),
                "the query has '\(name.prefix(40))', but the parameters of a form are its fields; send it as one")
        }
        var file = try await service.newUpload()
        do {
            let form = try await Self.readForm(
                counted(request.body), request.headers[.contentType] ?? "", into: &file)
            try await file.finish()
            guard form.hasFile else {
                throw ServiceError(.badRequest, "the form has no field 'file' with an image")
            }
            let job = try JobRequest(filename: form.fields["filename"] ?? form.filename, idempotencyKey: key) {
                form.fields[$0]
            }
            return try await submit(file, job)
        } catch {
            await file.remove()
            throw error
        }
    }

    private func submit(_ file: borrowing UploadFile, _ job: JobRequest) async throws -> JobRecord {
        do {
            try await checkRight()
        } catch {
            await file.remove()
            throw error
        }
        return try await service.submit(file.job, job, owner: owner)
    }

    private struct Form {
        var hasFile = false
        var filename: String?
        var fields: [String: String] = [:]
    }

    /// Counts the upload as one of the client's unfinished jobs.
    private func place() async throws -> HeldUse? {
        guard let client, client.countsJobs else { return nil }
        return try client.beginJob(stored: try await service.store.unfinishedCount(of: owner))
    }

    /// The body, with each piece counted.
    private func counted(_ body: RequestBody) -> some AsyncSequence<ByteBuffer, any Error> {
        body.map { [client] piece in
            try client?.countBytes(piece.readableBytes)
            return piece
        }
    }

    private static func readForm(
        _ body: some AsyncSequence<ByteBuffer, any Error>, _ type: String, into file: inout UploadFile
    ) async throws -> Form {
        var form = Form()
        var field: (name: String, text: ByteBuffer)?
        var isFile = false
        do {
            var parser = try MultipartParser(boundary: MultipartParser.boundary(ofContentType: type))
            for try await piece in body {
                for event in try parser.append(piece) {
                    switch event {
                    case .partBegan(let header):
                        isFile = header.name == "file"
                        if isFile {
                            guard !form.hasFile else {
                                throw ServiceError(.badRequest, "the form has two files; send one for each job")
                            }
                            form.hasFile = true
                            form.filename = header.filename
                        } else {
                            try Self.fields.check(header.name)
                            guard form.fields[header.name] == nil else {
                                throw ServiceError(
                                    .badRequest, field: header.name,
                                    "the form has the field '\(header.name)' twice; send it once")
                            }
                            field = (header.name, ByteBuffer())
                        }
                    case .body(let bytes):
                        if isFile {
                            try await file.append(bytes)
                        } else {
                            field?.text.writeImmutableBuffer(bytes)
                            guard field?.text.readableBytes ?? 0 <= maximumField else {
                                throw ServiceError(
                                    .badRequest, "the field '\(field?.name.prefix(40) ?? "")' is too long")
                            }
                        }
                    case .partEnded:
                        if let (name, text) = field { form.fields[name] = String(buffer: text) }
                        field = nil
                    }
                }
            }
            try parser.finish()
        } catch let error as MultipartError {
            throw ServiceError(.badRequest, error.description)
        }
        return form
    }
}
