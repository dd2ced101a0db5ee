import Foundation
import Logging
import TileCodecs
import TileCore
import Tracing

/// The steps of one run of a job, each done when the `JobMachine` asks for it. Every step can be repeated, because it
/// resumes from the canvases and the database.
actor JobRun {
    /// The dependencies that all runs share.
    struct Tools: Sendable {
        let store: Store
        let files: JobFiles
        let dispatcher: Dispatcher
        let journal: TileJournal
        let disk: DiskPool
        /// For cleanup, which can take long. Nothing waits for it.
        let tidyDisk: DiskPool
        let codecs: any ImageCodecs
        let spares: SpareCanvases
        let overviews: OverviewReader
        /// The least area of an image that gets overviews, in pixels.
        let overviewArea: Int
        let stages: StageMeter
        let tracer: any Tracer
        let logger: Logger
    }

    private let run: JobMachine.Run
    private let tools: Tools
    /// Whether the disk has space for optional files.
    private let hasSpace: Bool
    private var files: JobFiles { tools.files }
    private var overviews: JobOverviews { JobOverviews(job: run.job, jobFiles: tools.files, logger: tools.logger) }
    /// Set once the result is published.
    private var rendered: JobImages?
    /// The job's row as `openScope` read it. The first step takes it, and later steps read the row again.
    private var row: JobRecord?
    private let begin = DefaultTracerClock.now
    private var scope: JobScope?

    /// - Parameter hasSpace: false if the job found a full disk before. It then makes no overviews, because they could
    ///   take the space that it needs.
    init(_ run: JobMachine.Run, tools: Tools, hasSpace: Bool) {
        self.run = run
        self.tools = tools
        self.hasSpace = hasSpace
    }

    func perform(_ step: JobMachine.Step) async -> JobMachine.Outcome {
        let scope = await openScope()
        // The task may have been started in the context of another request.
        return await ServiceContext.withValue(scope?.context) {
            let outcome = await tryTwice(step)
            if case .failed(let reason) = outcome {
                tools.logger.error("job failed", metadata: [LogKey.job: "\(run.job)", LogKey.reason: "\(reason)"])
            }
            scope?.end(with: outcome)
            return outcome
        }
    }

    /// Begins the span of the run.
    /// - Returns: `nil` if the job's row cannot be read. The step then reads it itself, and fails with the error.
    private func openScope() async -> JobScope? {
        if let scope { return scope }
        guard let job = try? await tools.store.job(run.job) else { return nil }
        row = job
        scope = JobScope(of: job, run: run, tracer: tools.tracer, begin: begin)
        if run.generation == 1 {
            tools.stages.add(
                .queue, bytes: PixelBuffer.byteCount(size: job.size, format: job.pixelFormat),
                wall: .seconds(max(0, -job.createdAt.timeIntervalSinceNow)))
        }
        return scope
    }

    /// The job's row. The first call returns the row that was read for the scope.
    private func currentRow() async throws -> JobRecord? {
        if let opened = row.take() { return opened }
        return try await tools.store.job(run.job)
    }

    private func tryTwice(_ step: JobMachine.Step) async -> JobMachine.Outcome {
        do {
            return try await attempt(step)
        } catch {
            let spares = tools.spares
            let hasMoreSpace = await tools.disk.runQuietly { spares.makeSpace(after: error) }
            guard hasMoreSpace == true else { return Self.outcome(error) }
        }
        do {
            return try await attempt(step)
        } catch {
            return Self.outcome(error)
        }
    }

    private func attempt(_ step: JobMachine.Step) async throws -> JobMachine.Outcome {
        switch step {
        case .render: try await render()
        case .tidy: await tidy()
        }
    }

    private static func outcome(_ error: any Error) -> JobMachine.Outcome {
        switch error {
        case is CancellationError: return .cancelled
        case let error as JobFailure: return .failed(reason: error.reason)
        case let error as ServiceError where error.isTransient: return .blocked(JobMachine.TransientError(error))
        default:
            if let shortage = ServiceError(shortageIn: error) { return .blocked(JobMachine.TransientError(shortage)) }
            return .failed(reason: "internal error: \(error)")
        }
    }

    // MARK: Steps

    /// Makes the result. Resumes from the canvases of earlier runs if they match the database. Otherwise removes them, and
    /// begins from the source.
    private func render() async throws -> JobMachine.Outcome {
        guard var job = try await currentRow(), job.run == run else { throw CancellationError() }
        let plan = try Self.plan(of: job)
        let firstPass = try await JobImages(run: run, job: job, plan: plan, tools: tools).firstPass()
        try await tools.disk.run { [files, run] in
            if firstPass == nil { files.removeCanvases(run.job) }
            try files.makeCanvasFolder(run.job)
            files.removeDecodings(run.job)
        }
        if firstPass == nil {
            let (era, passes) = (plan.era, plan.passes.count)
            guard let restarted = try await tools.store.restart(run, boot: era, passes: passes) else {
                throw CancellationError()
            }
            job = restarted
        }
        let images = JobImages(run: run, job: job, plan: plan, tools: tools)
        let part = files.encoding(job.jobID, job.format)
        do {
            let notes = try await Rendering(
                run: run, plan: plan, firstPass: firstPass ?? 0, source: files.source(job.jobID),
                encoder: try encoder(of: job), result: part, images: images, dispatcher: tools.dispatcher,
                codecs: tools.codecs, disk: tools.disk, tracer: tools.tracer,
                // A small image needs no overviews, because it is decoded quickly.
                overviews: hasSpace && job.size.area >= tools.overviewArea ? overviews.files : nil
            ).perform()
            let output = files.path(JobFiles.outputName(job.jobID, job.format))
            let bytes = try await commit(job, part, as: output)
            try await tools.store.note(notes, of: run, isFirst: false)
            rendered = images
            return .rendered(bytes: bytes)
        } catch {
            // If decoding failed, the source is damaged. A retry cannot resume from tiles of such a source.
            let isDecoded = try await images.existing(before: 0) != nil || firstPass ?? 0 > 0
            let isUseless = error is JobFailure && !isDecoded
            let isDiskFull = ServiceError(shortageIn: error)?.code == .diskFull
            _ = await tools.disk.runQuietly { [files, run, overviews] in
                files.remove(part)
                files.removeDecodings(run.job)
                if isUseless { files.removeCanvases(run.job) }
                if isUseless || isDiskFull { files.removeOverviews(run.job) }
                overviews.keep()
            }
            if isUseless { try await forgetTiles(plan) }
            throw error
        }
    }

    /// Syncs the result to the disk, then renames it.
    /// - Returns: the size of the result in bytes.
    private func commit(_ job: JobRecord, _ part: String, as output: String) async throws -> Int {
        try await tools.tracer.withSpan("commit") { _ in
            let clock = ContinuousClock()
            let start = clock.now
            let bytes = try await tools.disk.run { [overviews] in
                overviews.keep()
                return try ImagingError.failing { try DurableFile.publish(part, as: output) }
            }
            tools.stages.add(.commit, bytes: bytes, wall: clock.now - start)
            return bytes
        }
    }

    /// Marks all tiles as missing, because their pixels were removed.
    private func forgetTiles(_ plan: PassPlan) async throws {
        try await tools.journal.flush()
        _ = try await tools.store.restart(run, boot: nil, passes: plan.passes.count)
    }

    /// Keeps the preview, and removes the canvases. If this fails, a request makes the preview from the output.
    private func tidy() async -> JobMachine.Outcome {
        let last = try? await rendered?.result()
        let job = try? await tools.store.job(run.job)
        // `last` is captured, so that this thread also releases the canvas. Freeing its file can take a while.
        _ = await tools.tidyDisk.runQuietly { [files, run, spares = tools.spares, reader = tools.overviews] in
            // The preview is made from an overview if there is one, because it has fewer pixels to read.
            let overview = try? job.flatMap { try reader.preview(of: $0) }
            if let shown = overview ?? last, let bytes = try? PreviewMaker.jpeg(of: shown) {
                try? Data(bytes).write(to: URL(filePath: files.preview(run.job)), options: .atomic)
            }
            if let last { spares.keep(last.path) }
            files.removeCanvases(run.job)
            spares.clear()
        }
        tools.logger.info("completed", metadata: [LogKey.job: "\(run.job)"])
        return .done
    }

    /// Ends the spans of the run.
    func end() { scope?.end() }

    // MARK: Settings of the job

    private func encoder(of job: JobRecord) throws -> ResultEncoder {
        ResultEncoder(
            pipeline: try Pipeline(parsing: job.transforms), format: job.format, quality: job.quality,
            options: job.options)
    }

    private static func plan(of job: JobRecord) throws -> PassPlan {
        do {
            return try job.plan()
        } catch {
            throw JobFailure(reason: "the transforms cannot be read: \(error.reason)")
        }
    }
}

extension JobMachine.TransientError {
    init(_ error: ServiceError) { self.init(reason: error.detail, isDiskFull: error.code == .diskFull) }
}
