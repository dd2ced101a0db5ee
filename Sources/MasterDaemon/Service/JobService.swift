import Foundation
import Logging
import ServiceLifecycle
import TileCodecs
import TileCore
import Tracing

/// All operations on jobs, for HTTP and the live channel. The `JobRunner` executes jobs.
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
    /// The least area, in pixels, of an image that gets overviews, and whose rows are decoded separately.
    let overviewArea: Int
    let pictures = PictureCache()
    /// Limits how many pictures of decoded images are drawn at once.
    let drawing: LimitedWork
    let drawingPlaces: Int
    /// Limits how many trials of transforms run at once, so that jobs keep the other cores.
    let trials: LimitedWork
    private let journal: TileJournal
    let logger: Logger

    /// - Parameters:
    ///   - viewDisk: for previews and regions, so that views and jobs do not wait for each other.
    ///   - tidyDisk: for cleanup after jobs, for which nothing waits.
    ///   - overviewArea: the least area of an image that gets overviews, in pixels.
    ///   - sweepInterval: the time between two searches for orphans (`OrphanWatch`).
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

    // MARK: Submitting

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

    /// Creates a job from a complete upload. If the request's idempotency key already has a job, returns that one. The
    /// upload is then removed, as is the upload of a refused image.
    /// - Parameter owner: the user on whose behalf the job runs. Each owner has their own idempotency keys.
    func submit(_ id: JobID, _ request: JobRequest, owner: String? = nil) async throws -> JobRecord {
        let path = files.source(id)
        let scope = ServiceContext.current
        do {
            // The source must be synced to the disk before the job is accepted.
            async let isOnDisk: Void = disk.run { try UploadFile.sync(path) }
            let (job, plan) = try await disk.run { [intake] in
                var (job, plan) = try intake.admit(id, path: path, request: request)
                job.owner = owner
                job.requestID = scope?.requestID
                job.traceParent = scope?.trace?.parent
                // Other owners may use the same key. A key from a header contains no line break.
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

    /// Runs a failed or cancelled job again, for its missing tiles only.
    func retry(_ id: JobID) async throws -> JobRecord { try await runner.request(.retry, id) }

    /// Removes a job and its files, whatever its state.
    func delete(_ id: JobID) async throws {
        try await runner.request(.delete, id)
        await views.forget(id)
    }

    /// Removes a finished job and its files. A client that is reading one of the files can read to its end.
    /// - Throws: `ServiceError` if the job is not finished, or does not exist.
    func deleteFinished(_ id: JobID) async throws {
        try await runner.request(.expire, id)
        await views.forget(id)
    }

    // MARK: Reading

    func job(_ id: JobID) async throws -> JobRecord {
        guard let job = try await store.job(id) else { throw Self.notFound(id) }
        return job
    }

    static func notFound(_ id: JobID) -> ServiceError { ServiceError(.notFound, "there is no job \(id)") }

    /// Waits until a job is final, the time is over, or the master ends, and returns the job as it is then.
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

    /// Why unfinished jobs wait, for their messages. Jobs that do not wait are left out.
    func waitReasons(of jobs: [JobID]) async -> [JobID: String] {
        let general = journal.problem
        let reasons = await runner.reasons(jobs)
        return Dictionary(
            uniqueKeysWithValues: jobs.compactMap { job in
                (reasons[job] ?? general).map { (job, "waiting: \($0)") }
            })
    }
}
