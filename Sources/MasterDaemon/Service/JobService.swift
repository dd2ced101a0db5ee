import Foundation
import Logging
import ServiceLifecycle
import TileCodecs
import TileCore
import Tracing

/// All that can be done with jobs. HTTP and the live channel are doors to it; the `JobRunner` moves jobs on.
final class JobService: Sendable {
    let files: JobFiles
    let intake: Intake
    let codecs: any ImageCodecs
    let disk: DiskPool
    let store: Store
    let dispatcher: Dispatcher
    let runner: JobRunner
    let views: ViewCache
    let overviews: OverviewReader
    let spares: SpareCanvases
    /// Pixels of an image that gets overviews, and of which rows are decoded by themselves.
    let overviewArea: Int
    let pictures = PictureCache()
    /// Pictures at once, of what is decoded.
    let drawing: LimitedWork
    let drawingPlaces: Int
    /// Trials of transforms at once: jobs have the other cores.
    let trials: LimitedWork
    private let journal: TileJournal
    let logger: Logger

    /// - Parameters:
    ///   - viewDisk: for what people look at, so that neither they nor the jobs wait for the others.
    ///   - tidyDisk: for tidying after jobs, which nobody waits for.
    ///   - overviewArea: pixels of an image that gets overviews.
    ///   - sweepInterval: how often unfinished rows are looked at, in case one has no owner.
    init(
        store: Store, files: JobFiles, intake: Intake, dispatcher: Dispatcher, journal: TileJournal,
        codecs: any ImageCodecs, disk: DiskPool, viewDisk: DiskPool, tidyDisk: DiskPool,
        overviewArea: Int = Overviews.leastArea, sweepInterval: Duration = .seconds(30),
        stages: StageMeter = StageMeter(), tracer: any Tracer = NoOpTracer(), logger: Logger
    ) {
        self.codecs = codecs
        self.store = store
        self.files = files
        self.intake = intake
        self.dispatcher = dispatcher
        self.journal = journal
        self.disk = disk
        self.logger = logger
        spares = SpareCanvases(files: files)
        views = ViewCache(disk: viewDisk, folder: files.scratch, codecs: codecs)
        self.overviewArea = overviewArea
        overviews = OverviewReader(files: files, codecs: codecs, logger: logger)
        drawingPlaces = viewDisk.count
        drawing = LimitedWork(disk: viewDisk, places: drawingPlaces, maximumWaiting: 64)
        trials = LimitedWork(
            disk: viewDisk, places: max(1, ProcessInfo.processInfo.activeProcessorCount / 2), maximumWaiting: 16)
        runner = JobRunner(
            tools: JobRun.Tools(
                store: store, files: files, dispatcher: dispatcher, journal: journal, disk: disk,
                tidyDisk: tidyDisk, codecs: codecs, spares: spares, overviews: overviews,
                overviewArea: overviewArea, stages: stages, tracer: tracer, logger: logger),
            sweepInterval: sweepInterval)
    }

    // MARK: Taking in

    /// A file for the source of a new job.
    func newUpload() async throws -> UploadFile {
        let queued = try await store.jobCounts()
        guard (queued[.pending] ?? 0) + (queued[.processing] ?? 0) < intake.limits.maximumQueue else {
            throw ServiceError(
                .queueFull, "\(intake.limits.maximumQueue) jobs are unfinished, the most at once; try again later")
        }
        let id = JobID.make()
        return try await UploadFile(
            job: id, path: files.source(id), limit: intake.limits.maximumBytes, tooLarge: intake.tooManyBytes,
            disk: disk, spares: spares)
    }

    /// Makes a job of a complete upload. If the request's key has a job already, that one is returned and the upload
    /// removed, as it is if the image is refused.
    /// - Parameter owner: on whose behalf; repeated requests are told apart by it.
    func submit(_ id: JobID, _ request: JobRequest, owner: String? = nil) async throws -> JobRecord {
        let path = files.source(id)
        let scope = ServiceContext.current
        do {
            // A job is accepted on the word that its source is on the disk.
            async let isOnDisk: Void = disk.run { try UploadFile.sync(path) }
            let (job, plan) = try await disk.run { [intake] in
                var (job, plan) = try intake.admit(id, path: path, request: request)
                job.owner = owner
                job.requestID = scope?.requestID
                job.traceParent = scope?.trace?.parent
                // Others may use the same one. No key of a header has a line break.
                if let owner { job.idempotencyKey = job.idempotencyKey.map { "\(owner)\n\($0)" } }
                return (job, plan)
            }
            try await isOnDisk
            if let earlier = try await store.insert(job, plan: plan) {
                try await checkIsSame(job, as: earlier)
                await remove(path)
                return earlier
            }
            logger.info(
                "accepted",
                metadata: [
                    LogKey.job: "\(id)", LogKey.image: "\(job.size) \(job.pixelFormat)",
                    LogKey.tiles: "\(job.tileCount)",
                ])
            await runner.found(job)
            return job
        } catch {
            await remove(path)
            throw error
        }
    }

    private func checkIsSame(_ job: JobRecord, as earlier: JobRecord) async throws {
        let (new, known) = (files.source(job.jobID), files.source(earlier.jobID))
        let isSameImage = try await disk.run { FileManager.default.contentsEqual(atPath: new, andPath: known) }
        guard isSameImage, earlier.fingerprint == job.fingerprint else {
            throw ServiceError(
                .keyReused, "the idempotency key belongs to job \(earlier.jobID), which asked for something else")
        }
    }

    func remove(_ path: String) async { _ = await disk.runQuietly { [files] in files.remove(path) } }

    // MARK: Changing

    func cancel(_ id: JobID) async throws -> JobRecord { try await runner.request(.cancel, id) }

    /// Runs a failed or cancelled job again, but only for the tiles that are missing.
    func retry(_ id: JobID) async throws -> JobRecord { try await runner.request(.retry, id) }

    /// Removes a job and its files, whatever its state.
    func delete(_ id: JobID) async throws {
        try await runner.request(.delete, id)
        await views.forget(id)
    }

    /// Removes a job and its files if it is finished; whoever reads one of them meanwhile reads on to its end.
    /// - Throws: `ServiceError` if it is not, or there is none.
    func deleteFinished(_ id: JobID) async throws {
        try await runner.request(.expire, id)
        await views.forget(id)
    }

    // MARK: Looking

    func job(_ id: JobID) async throws -> JobRecord {
        guard let job = try await store.job(id) else { throw Self.notFound(id) }
        return job
    }

    static func notFound(_ id: JobID) -> ServiceError { ServiceError(.notFound, "there is no job \(id)") }

    /// A job once it is final, or as it is after some time, or when the master ends.
    func job(_ id: JobID, finalWithin time: Duration) async throws -> JobRecord {
        guard time > .zero else { return try await job(id) }
        let (changes, listener) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = store.changes.listen(to: id, listener)
        defer { store.changes.forget(number, of: id) }
        let timer = Task {
            try await Task.sleep(for: time)
            listener.finish()
        }
        defer { timer.cancel() }
        var job = try await job(id)
        var news = changes.cancelOnGracefulShutdown().makeAsyncIterator()
        while !job.status.isFinal, await news.next() != nil { job = try await self.job(id) }
        return job
    }

    /// Why unfinished jobs cannot go on now; those that can are left out.
    func troubles(of jobs: [JobID]) async -> [JobID: String] {
        let general = journal.problem
        let reasons = await runner.reasons(jobs)
        return Dictionary(
            uniqueKeysWithValues: jobs.compactMap { job in
                (reasons[job] ?? general).map { (job, "waiting: \($0)") }
            })
    }
}
