import Foundation
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import TileCore

/// All that can be done with jobs. HTTP, the WebSocket and the command line are doors to it.
final class JobService: Service {
    let files: JobFiles
    let intake: Intake
    let pool: NIOThreadPool
    let store: Store
    let dispatcher: Dispatcher
    let views: ViewCache
    let pictures = PictureCache()
    /// Pictures at once, of what is decoded.
    let drawing: LimitedWork
    /// Trials of transforms at once: jobs have the other cores.
    let trials: LimitedWork
    private let journal: TileJournal
    private let logger: Logger
    /// Jobs under way at once: more would take disk for canvases and finish none sooner.
    private let places = AsyncSemaphore(places: 32)
    private let codecs = AsyncSemaphore(places: 2)
    private let runs: JobRuns
    /// Jobs that cannot go on now, and why.
    private let waits = JobWaits()

    /// - Parameter viewPool: for what people look at, so that neither they nor the jobs wait for the others.
    init(
        store: Store, files: JobFiles, intake: Intake, dispatcher: Dispatcher, journal: TileJournal,
        pool: NIOThreadPool, viewPool: NIOThreadPool, logger: Logger
    ) {
        self.store = store
        self.files = files
        self.intake = intake
        self.dispatcher = dispatcher
        self.journal = journal
        self.pool = pool
        self.logger = logger
        views = ViewCache(pool: viewPool, folder: files.scratch)
        drawing = LimitedWork(pool: viewPool, places: viewPool.numberOfThreads, maximumWaiting: 64)
        trials = LimitedWork(
            pool: viewPool, places: max(1, ProcessInfo.processInfo.activeProcessorCount / 2), maximumWaiting: 16)
        runs = JobRuns()
    }

    // MARK: Running

    /// Goes on with what an earlier run left, then runs every job that is accepted.
    func run() async throws {
        let unfinished = try await store.unfinishedJobs()
        if !unfinished.isEmpty { logger.notice("going on with \(unfinished.count) unfinished jobs") }
        for job in unfinished { runs.add(job.jobID) }
        await withDiscardingTaskGroup { group in
            for await id in runs.queue.cancelOnGracefulShutdown() {
                let (isKnown, known) = AsyncStream<Never>.makeStream()
                let task = Task {
                    // The task is known before it runs, so that a cancellation cannot miss it.
                    for await _ in isKnown {}
                    await run(id)
                }
                guard runs.start(id, task) else {
                    task.cancel()
                    continue
                }
                known.finish()
                group.addTask {
                    await withGracefulShutdownHandler {
                        await task.value
                    } onGracefulShutdown: {
                        task.cancel()
                    }
                }
            }
        }
    }

    private func run(_ id: JobID) async {
        defer { runs.end(id) }
        let run = JobRun(
            store: store, files: files, dispatcher: dispatcher, journal: journal, pool: pool, codecs: codecs,
            logger: logger)
        do {
            // Without its place it waits: the others may need less room.
            try await untilPossible(id) {
                try await places.withPlace { try await waits.running(id) { try await run.run(id) } }
            }
        } catch is CancellationError {
            // Cancelled by its user, who has noted that already, or by the master's end: then it goes on next time.
        } catch {
            let reason = (error as? JobFailure)?.reason ?? "internal error: \(error)"
            logger.error("a job failed", metadata: [LogKey.job: "\(id)", LogKey.reason: "\(reason)"])
            await noteFailure(of: id, reason)
        }
        waits.end(id)
        await dispatcher.forgetRate(id)
    }

    /// Does `body` again, after longer and longer pauses, as long as the disk is full or the database locked. A job's
    /// run goes on then from where it was.
    private func untilPossible(_ id: JobID, _ body: () async throws -> Void) async throws {
        var pause = Duration.milliseconds(500)
        var known: String?
        while true {
            do {
                return try await body()
            } catch let error as ServiceError where error.isPassing {
                let isInTheWay = waits.wait(id, error.detail)
                if error.code == .diskFull, isInTheWay { files.removeCanvases(id) }
                store.changes.note(job: id)
                if known != error.detail {
                    logger.warning(
                        "a job waits; it is tried again until it can go on",
                        metadata: [LogKey.job: "\(id)", LogKey.reason: "\(error.detail)"])
                }
                known = error.detail
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(30))
        }
    }

    private func noteFailure(of id: JobID, _ reason: String) async {
        await journal.flush()
        do {
            try await untilPossible(id) {
                try await store.update(id, from: [.pending, .processing]) { job in
                    job.status = .failed
                    job.error = reason
                    job.finishedAt = .wholeMilliseconds()
                }
            }
        } catch is CancellationError {
            // It fails again after the master's next start.
        } catch {
            logger.critical("a failed job cannot be noted", metadata: [LogKey.reason: "\(error)"])
        }
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
        return try UploadFile(
            job: id, path: files.source(id), limit: intake.limits.maximumBytes, tooLarge: intake.tooManyBytes,
            pool: pool)
    }

    /// Makes a job of a complete upload. Where the request's key has a job already, that one is returned and the
    /// upload removed, as it is where the image is refused.
    func submit(_ id: JobID, _ request: JobRequest) async throws -> JobRecord {
        let path = files.source(id)
        do {
            let (job, plan) = try await pool.runIfActive { [intake] in
                try intake.admit(id, path: path, request: request)
            }
            if let earlier = try await store.insert(job, plan: plan) {
                let known = files.source(earlier.jobID)
                let isSameImage = try await pool.runIfActive {
                    FileManager.default.contentsEqual(atPath: path, andPath: known)
                }
                files.remove(path)
                guard isSameImage, earlier.fingerprint == job.fingerprint else {
                    throw ServiceError(
                        .keyReused,
                        "the idempotency key belongs to job \(earlier.jobID), which asked for something else")
                }
                return earlier
            }
            logger.info(
                "accepted",
                metadata: [LogKey.job: "\(id)", "image": "\(job.size) \(job.pixelFormat)", "tiles": "\(job.tileCount)"])
            runs.add(job.jobID)
            return job
        } catch {
            files.remove(path)
            throw error
        }
    }

    // MARK: Changing

    func cancel(_ id: JobID) async throws -> JobRecord {
        let cancelled = try await store.update(id, from: [.pending, .processing]) { job in
            job.status = .cancelled
            job.finishedAt = .wholeMilliseconds()
        }
        guard let cancelled else { throw try await wrongState(id, "be cancelled") }
        await runs.stop(id)
        return cancelled
    }

    /// Runs a failed or cancelled job again, but only for the tiles that are missing.
    func retry(_ id: JobID) async throws -> JobRecord {
        let status = try await job(id).status
        guard status == .failed || status == .cancelled else { throw try await wrongState(id, "be retried") }
        // What is left of its last run.
        await runs.stop(id)
        guard let job = try await store.reopen(id) else { throw try await wrongState(id, "be retried") }
        runs.add(job.jobID)
        return job
    }

    /// Removes a job and its files, whatever its state.
    func delete(_ id: JobID) async throws {
        let job = try await job(id)
        do {
            try await forget(id)
        } catch let error as ServiceError where error.code == .diskFull {
            // What is to go makes the room that the database needs.
            files.removeAll(of: job)
            try await forget(id)
        }
        files.removeAll(of: job)
        await views.forget(id)
    }

    private func forget(_ id: JobID) async throws {
        try await store.update(id, from: [.pending, .processing]) { job in
            job.status = .cancelled
            job.finishedAt = .wholeMilliseconds()
        }
        await runs.stop(id)
        _ = try await store.delete(id)
    }

    /// Removes a job and its files where it is finished; whoever reads one of them meanwhile reads on to its end.
    func deleteFinished(_ id: JobID) async throws -> Bool {
        guard let job = try await store.deleteFinished(id) else { return false }
        await runs.stop(id)
        files.removeAll(of: job)
        await views.forget(id)
        return true
    }

    private func wrongState(_ id: JobID, _ what: String) async throws -> ServiceError {
        let job = try await job(id)
        return ServiceError(.wrongState, "the job is \(job.status.rawValue) and cannot \(what)")
    }

    // MARK: Looking

    func job(_ id: JobID) async throws -> JobRecord {
        guard let job = try await store.job(id) else {
            throw ServiceError(.notFound, "there is no job \(id)")
        }
        return job
    }

    /// Why an unfinished job cannot go on now; `nil` where it can.
    func trouble(of id: JobID) -> String? { (waits.reason(id) ?? journal.trouble).map { "waiting: \($0)" } }

    /// Returns the job once it is completed, failed or cancelled.
    func waitUntilFinal(_ id: JobID) async throws -> JobRecord {
        while true {
            await runs.waitForEnd(of: id)
            let job = try await job(id)
            if job.status.isFinal { return job }
            try Task.checkCancellation()
        }
    }
}
