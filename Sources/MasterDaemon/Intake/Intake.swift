import Foundation
import TileCodecs
import TileCore

/// Decides whether an uploaded file becomes a job, by the image's header alone.
struct Intake: Sendable {
    let limits: IntakeLimits
    let codecs: any ImageCodecs

    /// How an admitted image is to be processed.
    struct Admission: Sendable {
        let header: ImageHeader
        let bytes: Int
        let plan: PassPlan
        let format: ImageFileFormat
    }

    /// Checks everything that the header shows: the limits, the transforms against the kind of pixels, and whether the
    /// output format can hold the result. Can wait for a disk.
    /// - Parameter path: the complete file.
    func admit(path: String, request: JobRequest) throws(ServiceError) -> Admission {
        let bytes = try size(ofFileAt: path)
        let header = try header(path, page: request.options.page)
        try check(header)
        let plan: PassPlan
        do {
            plan = try PassPlan(
                pipeline: request.pipeline, size: header.size, format: header.pixelFormat, tileSize: limits.tileSize)
        } catch {
            throw ServiceError(.badTransforms, error.reason)
        }
        try check(plan, sourceBytes: bytes)
        let format = request.format ?? header.fileFormat
        let isGray = request.pipeline.isGray(from: header.pixelFormat.channels == 1 || header.isGrayAlpha)
        try Self.check(format, holds: format.without(alphaOf: plan.output), isGray: isGray, header.size)
        try request.options.check(for: format, quality: request.quality)
        try request.options.check(plan.output)
        return Admission(header: header, bytes: bytes, plan: plan, format: format)
    }

    /// - Parameter path: the complete upload.
    /// - Returns: the job, not stored yet, with its plan.
    func admit(_ id: JobID, path: String, request: JobRequest) throws(ServiceError) -> (JobRecord, PassPlan) {
        let admission = try admit(path: path, request: request)
        let (header, bytes, format) = (admission.header, admission.bytes, admission.format)
        let pipeline = request.pipeline
        let job = JobRecord(
            jobID: id, filename: request.filename, status: .pending, createdAt: Date.wholeMilliseconds(),
            batch: request.batch, sourceBytes: bytes,
            sourceFormat: header.fileFormat, width: header.size.width, height: header.size.height,
            channels: header.pixelFormat.channels, depth: header.pixelFormat.depth.rawValue,
            transforms: pipeline.description, format: format, quality: request.quality, options: request.options,
            tileSize: limits.tileSize,
            pass: 0, tileCount: admission.plan.tileCount, bootID: admission.plan.era,
            idempotencyKey: request.idempotencyKey,
            fingerprint: "\(bytes);\(pipeline);\(format.rawValue);\(request.quality ?? 0);\(request.filename)"
                + request.options.fingerprint)
        return (job, admission.plan)
    }

    private func size(ofFileAt path: String) throws(ServiceError) -> Int {
        let bytes = (try? DurableFile.size(path)) ?? 0
        guard bytes > 0 else { throw ServiceError(.notAnImage, "the upload is empty; send an image file") }
        guard bytes <= limits.maximumBytes else { throw tooManyBytes }
        return bytes
    }

    var tooManyBytes: ServiceError {
        ServiceError(
            .tooManyBytes, "the upload is larger than \(limits.maximumBytes) bytes, which is the limit here")
    }

    func header(_ path: String, page: Int? = nil) throws(ServiceError) -> ImageHeader {
        do {
            return try codecs.header(of: path, page: page)
        } catch let error as ImageFileError {
            throw ServiceError(error)
        } catch let error as ServiceError {
            throw error
        } catch is CancellationError {
            throw ServiceError(.notReady, "the master is ending; ask again after its next start")
        } catch {
            throw ServiceError(.internalError, "\(error)")
        }
    }

    private func check(_ header: ImageHeader) throws(ServiceError) {
        let size = header.size
        guard min(size.width, size.height) >= limits.minimumSide else {
            throw ServiceError(
                .tooSmall,
                "the image has \(size) pixels; at least \(limits.minimumSide)×\(limits.minimumSide) are required")
        }
        guard size.area <= limits.maximumPixels else {
            throw ServiceError(
                .tooManyPixels,
                "the image has \(size) = \(size.area) pixels; at most \(limits.maximumPixels) are accepted here")
        }
    }

    /// Refuses a job that alone would exceed the limit of storage.
    private func check(_ plan: PassPlan, sourceBytes: Int) throws(ServiceError) {
        guard let limit = limits.maximumStorage else { return }
        let need = sourceBytes + plan.canvasBytes
        guard need <= limit else {
            throw ServiceError(
                .tooManyPixels,
                "the image needs \(need) bytes of disk; --max-storage allows \(limit) for all jobs")
        }
    }

    /// Refuses a result that the output format cannot hold, and names the formats that can. Nothing is converted
    /// silently.
    private static func check(
        _ format: ImageFileFormat, holds pixels: PixelFormat, isGray: Bool, _ size: PixelSize
    ) throws(ServiceError) {
        func fits(_ format: ImageFileFormat) -> Bool {
            format.canHold(pixels) && max(size.width, size.height) <= format.maximumSide
        }
        guard !fits(format) else { return }
        let able = ImageFileFormat.allCases.filter(fits).map(\.rawValue).joined(separator: ", ")
        throw ServiceError(
            .formatCannotHold,
            "the result has \(size) pixels of \(pixels.description(isGray: isGray)), which \(format.name) cannot "
                + "hold; choose one of \(able)")
    }
}

extension ServiceError {
    /// The refusal of an image file.
    init(_ error: ImageFileError) {
        let code: Code =
            switch error.code {
            case .notAnImage: .notAnImage
            case .unsupported: .unsupportedImage
            case .damaged: .damagedImage
            case .diskFull: .diskFull
            case .outOfFiles: .notReady
            case .inaccessible, .fileTooLarge, .outOfMemory, .stopped: .internalError
            }
        self.init(code, error.description)
    }
}
