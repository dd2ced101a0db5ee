import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// `/api/v1/jobs` and what is under it.
struct JobRoutes: Sendable {
    let views: ViewMaker

    /// Seconds: less than connections may be idle, here and in usual proxies.
    private static let longestWait = 50

    private var service: JobService { views.service }

    func add(to api: RouterGroup<some RequestContext>) {
        let jobs = api.group("jobs")
        jobs.post { request, _ in
            let job = try await UploadReader(service: service).receive(request)
            var response = try await show(job, status: .accepted)
            response.headers[.location] = "/api/v1/jobs/\(job.jobID)"
            return response
        }
        jobs.get { request, _ in try await list(request) }
        jobs.get(":id") { request, context in
            try request.uri.allow(["wait"])
            let seconds = try request.uri.number("wait", in: 0...Self.longestWait) ?? 0
            return try await show(service.job(Self.id(context), finalWithin: .seconds(seconds)))
        }
        jobs.get(":id/tiles") { _, context in
            JSONBody.response(try await views.tiles(service.job(Self.id(context))))
        }
        jobs.get(":id/preview") { request, context in try await preview(Self.id(context), request) }
        jobs.get(":id/source") { request, context in
            let job = try await service.job(Self.id(context))
            return try await source(job).response(to: request, context: context)
        }
        jobs.get(":id/result") { request, context in
            let job = try await service.job(Self.id(context))
            return try await result(job).response(to: request, context: context)
        }
        jobs.post(":id/cancel") { _, context in try await show(service.cancel(Self.id(context))) }
        jobs.post(":id/retry") { _, context in try await show(service.retry(Self.id(context)), status: .accepted) }
        jobs.delete(":id") { _, context in
            try await service.delete(Self.id(context))
            return Response(status: .noContent)
        }
    }

    static func id(_ context: some RequestContext) throws -> JobID {
        let text = try context.parameters.require("id")
        guard let id = JobID(rawValue: text) else {
            throw ServiceError(.notFound, "there is no job '\(text.prefix(60))'")
        }
        return id
    }

    private func show(_ job: JobRecord, status: HTTPResponse.Status = .ok) async throws -> Response {
        JSONBody.response(await views.job(job), status: status)
    }

    private func list(_ request: Request) async throws -> Response {
        let query = request.uri.queryParameters
        try request.uri.allow(["status", "search", "limit", "cursor"])
        var status: JobStatus?
        if let text = query["status"], !text.isEmpty {
            guard let known = JobStatus(rawValue: String(text)) else {
                let names = JobStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw ServiceError(.badRequest, "status is '\(text.prefix(40))'; there are \(names)")
            }
            status = known
        }
        var cursor: JobID?
        if let text = query["cursor"], !text.isEmpty {
            guard let id = JobID(rawValue: String(text)) else {
                throw ServiceError(.badRequest, "cursor is not one that a list has given")
            }
            cursor = id
        }
        let limit = try request.uri.number("limit", in: 1...200) ?? 50
        // One more than asked for tells whether there is another page.
        let found = try await service.store.jobs(
            statuses: Set([status].compactMap(\.self)), search: String(query["search"]?.prefix(200) ?? ""),
            after: cursor, limit: limit + 1)
        let page = Array(found.prefix(limit))
        return JSONBody.response(
            JobList(
                jobs: await views.jobs(page),
                nextCursor: found.count > limit ? page.last?.jobID.rawValue : nil))
    }

    private func preview(_ id: JobID, _ request: Request) async throws -> Response {
        try request.uri.allow(["max"])
        let side = try request.uri.number("max", in: 1...PreviewMaker.side) ?? PreviewMaker.side
        let (bytes, isFinal) = try await service.preview(id, side: side)
        return Response.picture(bytes, mediaType: "image/jpeg", tag: isFinal ? "\(id)-preview-\(side)" : nil, request)
    }

    private func source(_ job: JobRecord) -> FileResponse {
        FileResponse(
            path: service.files.source(job.jobID), bytes: job.sourceBytes, mediaType: job.sourceFormat.mediaType,
            tag: "\(job.jobID)-source", filename: job.filename)
    }

    private func result(_ job: JobRecord) throws(ServiceError) -> FileResponse {
        guard let name = job.outputPath, let bytes = job.outputBytes else {
            let why = job.error.map { ": \($0)" } ?? ""
            throw ServiceError(.wrongState, "the job is \(job.status.rawValue) and has no result\(why)")
        }
        let stem = (job.filename as NSString).deletingPathExtension
        return FileResponse(
            path: service.files.path(name), bytes: bytes, mediaType: job.format.mediaType,
            tag: "\(job.jobID)-result-\(bytes)", filename: "\(stem)-tilework.\(job.format.fileExtension)")
    }
}
