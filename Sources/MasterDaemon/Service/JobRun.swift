import Foundation
import Logging
import NIOPosix
import TileCore

/// A job from its source on the disk to its output there, step by step. Run again after a restart, it goes on where
/// the canvases and the database say it was.
struct JobRun: Sendable {
    let store: Store
    let files: JobFiles
    let dispatcher: Dispatcher
    let journal: TileJournal
    let pool: NIOThreadPool
    /// Decoding and encoding hold whole images in some codecs: only so many at once.
    let codecs: AsyncSemaphore
    let logger: Logger

    /// - Throws: `JobFailure` where the job cannot be finished, `CancellationError` where it is to stop, a
    ///   `ServiceError` that is passing where it cannot go on now; run again, it goes on.
    func run(_ id: JobID) async throws {
        guard var job = try await begin(id) else { return }
        let plan = try planned(job)
        try files.makeCanvasFolder(job.jobID)
        if try await !canContinue(job, plan) { job = try await restart(job) }
        var image = try await image(of: job, before: job.pass, plan)
        while job.pass < plan.passes.count {
            let pass = plan.passes[job.pass]
            let target = try canvas(of: job, after: job.pass, plan)
            try await dispatcher.run(
                PassOrder(
                    job: job.jobID, pass: job.pass, pipeline: pass.pipeline, geometry: pass.geometry, source: image,
                    target: target),
                missing: store.missingTiles(job.jobID, pass: job.pass))
            job = try await advance(job)
            files.remove(image.path)
            image = target
        }
        try await finish(job, image)
    }

    private func begin(_ id: JobID) async throws -> JobRecord? {
        try await store.update(id, from: [.pending, .processing]) { job in
            job.status = .processing
            if job.startedAt == nil { job.startedAt = .wholeMilliseconds() }
        }
    }

    private func planned(_ job: JobRecord) throws -> PassPlan {
        do {
            return try job.plan()
        } catch {
            throw JobFailure(reason: "the transforms cannot be read: \(error.reason)")
        }
    }

    /// Whether the canvases of an earlier run hold what the database says. Pixels written through a mapping survive
    /// the process, not the machine.
    private func canContinue(_ job: JobRecord, _ plan: PassPlan) async throws -> Bool {
        guard job.bootID == BootID.current else { return false }
        // The first pass's source can be decoded again.
        guard job.pass == 0 || hasCanvas(of: job, before: job.pass, plan) else { return false }
        guard job.pass < plan.passes.count, !hasCanvas(of: job, before: job.pass + 1, plan) else { return true }
        return try await store.missingTiles(job.jobID, pass: job.pass).count == plan.grid.count
    }

    /// Whether that canvas is there; one of another size is as good as none.
    private func hasCanvas(of job: JobRecord, before pass: Int, _ plan: PassPlan) -> Bool {
        let path = files.canvas(job.jobID, before: pass)
        let bytes = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        return bytes == PixelBuffer.byteCount(size: job.size, format: Self.format(before: pass, plan))
    }

    private static func format(before pass: Int, _ plan: PassPlan) -> PixelFormat {
        pass < plan.passes.count ? plan.passes[pass].geometry.input : plan.output
    }

    private func restart(_ job: JobRecord) async throws -> JobRecord {
        files.removeCanvases(job.jobID)
        try files.makeCanvasFolder(job.jobID)
        try await store.resetTiles(job.jobID)
        let restarted = try await store.update(job.jobID, from: [.processing]) { job in
            job.pass = 0
            job.bootID = BootID.current
        }
        guard let restarted else { throw CancellationError() }
        return restarted
    }

    /// The pixels that pass `pass` reads: decoded before the first, made by the pass before otherwise.
    private func image(of job: JobRecord, before pass: Int, _ plan: PassPlan) async throws -> Canvas {
        let path = files.canvas(job.jobID, before: pass)
        if hasCanvas(of: job, before: pass, plan) {
            return try Self.failing {
                try Canvas.open(path: path, size: job.size, format: Self.format(before: pass, plan))
            }
        }
        guard pass == 0 else { throw JobFailure(reason: "the canvas of pass \(pass) is gone; retry the job") }
        let (source, part) = (files.source(job.jobID), files.decoding(job.jobID))
        return try await codecs.withPlace {
            try await pool.runIfActive {
                try Self.failing {
                    let header: ImageHeader
                    do {
                        header = try ImageHeader.read(path: source)
                    } catch {
                        throw ImagingError(.undecodable, "the source cannot be read any more: \(error)")
                    }
                    let canvas = try Canvas.create(path: part, size: job.size, format: job.pixelFormat)
                    try canvas.fill(from: OpenCVImageReader(path: source, header: header))
                    return try canvas.move(to: path)
                }
            }
        }
    }

    /// The canvas that pass `pass` writes, with what is in it from an earlier run. A new one gets its name once it has
    /// all its bytes: the master may be killed in between.
    private func canvas(of job: JobRecord, after pass: Int, _ plan: PassPlan) throws -> Canvas {
        let path = files.canvas(job.jobID, before: pass + 1)
        let format = plan.passes[pass].geometry.output
        return try Self.failing {
            hasCanvas(of: job, before: pass + 1, plan)
                ? try Canvas.open(path: path, size: job.size, format: format)
                : try Canvas.create(path: files.making(job.jobID), size: job.size, format: format).move(to: path)
        }
    }

    /// The pass is done, and the database knows it before the canvas that it read is removed.
    private func advance(_ job: JobRecord) async throws -> JobRecord {
        await journal.flush()
        guard let next = try await store.update(job.jobID, from: [.processing], { $0.pass += 1 }) else {
            throw CancellationError()
        }
        return next
    }

    private func finish(_ job: JobRecord, _ image: Canvas) async throws {
        let encoder = ResultEncoder(files: files)
        let bytes = try await codecs.withPlace {
            try await pool.runIfActive { try Self.failing { try encoder.encode(image, of: job) } }
        }
        let name = files.outputName(job.jobID, job.format)
        let finished = try await store.update(job.jobID, from: [.processing]) { job in
            job.status = .completed
            job.outputPath = name
            job.outputBytes = bytes
            job.finishedAt = .wholeMilliseconds()
        }
        guard finished != nil else { throw CancellationError() }
        logger.info("completed", metadata: [LogKey.job: "\(job.jobID)"])
        await keepPreview(of: image, job)
        files.removeCanvases(job.jobID)
    }

    /// The canvas goes; what the preview shows of it stays. Without it the preview is made from the output.
    private func keepPreview(of image: Canvas, _ job: JobRecord) async {
        let path = files.preview(job.jobID)
        try? await pool.runIfActive {
            try Data(PreviewMaker.jpeg(of: image)).write(to: URL(filePath: path), options: .atomic)
        }
    }

    /// Imaging errors end the job with their reason, but for want of room.
    private static func failing<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as ImagingError {
            if error.isDiskFull { throw ServiceError.diskFull(error.reason) }
            throw JobFailure(reason: error.reason)
        }
    }
}
