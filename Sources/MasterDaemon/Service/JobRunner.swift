import Foundation
import Logging
import ServiceLifecycle
import TileCore
import Tracing

/// Owns the `JobMachine` and executes its decisions: steps of runs, changes of rows, pauses, removals. Every change of a
/// job goes through `handle`, one event at a time.
actor JobRunner: Service {
    /// A command whose caller waits for the answer.
    private struct Request {
        let job: JobID
        let command: JobMachine.Command
        let continuation: CheckedContinuation<JobRecord, any Error>
    }

    private var machine = JobMachine()
    private let tools: JobRun.Tools
    private let sweepInterval: Duration
    private var runs: [JobMachine.Run: JobRun] = [:]
    private var steps: [JobMachine.Run: Task<Void, Never>] = [:]
    private var requests: [Int: Request] = [:]
    private var lastTicket = 0
    /// The latest rows of jobs, for the answers to requests.
    private var records: [JobID: JobRecord] = [:]
    private var settling: [JobID: [CheckedContinuation<Void, Never>]] = [:]
    private var stopWaiter: CheckedContinuation<Void, Never>?
    /// The last logged reason of each blocked job.
    private var loggedReasons: [JobID: String] = [:]
    /// Jobs that have found a full disk.
    private var withoutSpace: Set<JobID> = []
    private var orphans = OrphanWatch()

    /// - Parameter sweepInterval: the time between two searches for orphans (`OrphanWatch`).
    init(tools: JobRun.Tools, sweepInterval: Duration) {
        self.tools = tools
        self.sweepInterval = sweepInterval
    }

    // MARK: Events

    /// Resumes the unfinished jobs of earlier starts, then runs every accepted job. Returns after a graceful shutdown, once
    /// all runs have stopped.
    func run() async throws {
        let unfinished = try await tools.store.unfinishedJobs()
        if !unfinished.isEmpty { tools.logger.notice("resuming \(unfinished.count) unfinished jobs") }
        for job in unfinished { handle(.found(job.jobID, job.row)) }
        while (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: self.sweepInterval) })) != nil {
            await doHousekeeping()
            await adoptOrphans()
        }
        handle(.stopping)
        await withCheckedContinuation { continuation in
            stopWaiter = continuation
            resumeIfStopped()
        }
    }

    /// A job was accepted.
    func found(_ job: JobRecord) { handle(.found(job.jobID, job.row)) }

    /// Executes a user's command.
    /// - Returns: the job after the command, or before it if it was deleted.
    /// - Throws: `ServiceError` with the reason if the command cannot be executed.
    @discardableResult
    func request(_ command: JobMachine.Command, _ job: JobID) async throws -> JobRecord {
        lastTicket += 1
        let ticket = lastTicket
        return try await withCheckedThrowingContinuation { continuation in
            requests[ticket] = Request(job: job, command: command, continuation: continuation)
            handle(.asked(job, command, ticket: ticket))
        }
    }

    /// The reasons of blocked jobs. Jobs that are not blocked are left out.
    func reasons(_ jobs: [JobID]) -> [JobID: String] {
        jobs.reduce(into: [:]) { reasons, job in reasons[job] = machine.reason(job) }
    }

    /// Returns once the job is final or deleted, and no work on it is under way. Only tests use this. Clients wait for the
    /// final row instead (`JobService.job(_:finalWithin:)`), which comes somewhat earlier.
    func settled(_ job: JobID) async {
        guard machine.has(job) else { return }
        await withCheckedContinuation { settling[job, default: []].append($0) }
    }

    /// Returns unused memory to the kernel, removes old spare canvases, and renews the database's reserve of disk space.
    private func doHousekeeping() async {
        _ = await tools.disk.runQuietly { [store = tools.store, spares = tools.spares] in
            ImagingSetup.trimHeap()
            spares.trim()
            store.renewReserve()
        }
    }

    /// Runs unfinished jobs that the machine does not know. There should be none.
    private func adoptOrphans() async {
        guard let unfinished = try? await tools.store.unfinishedJobs() else { return }
        let rows = Dictionary(uniqueKeysWithValues: unfinished.map { ($0.jobID, $0.row) })
        for job in orphans.orphans(in: rows, isKnown: { machine.has($0) }) {
            guard let row = rows[job] else { continue }
            tools.logger.warning("orphaned job found; resuming it", metadata: [LogKey.job: "\(job)"])
            handle(.found(job, row))
        }
    }

    private func handle(_ event: JobMachine.Event) {
        // No request's context is set, because an event of one request may resume jobs of others.
        ServiceContext.withValue(nil) {
            for action in machine.handle(event) { perform(action) }
            resumeIfStopped()
        }
    }

    private func resumeIfStopped() {
        guard machine.hasStopped else { return }
        stopWaiter?.resume()
        stopWaiter = nil
    }

    // MARK: Actions

    private func perform(_ action: JobMachine.Action) {
        switch action {
        case .read(let job): Task { await read(job) }
        case .write(let job, let transition, let row): Task { await write(job, transition, from: row) }
        case .step(let run, let step): begin(step, of: run)
        case .cancelStep(let run): steps[run]?.cancel()
        case .ended(let run):
            let work = runs.removeValue(forKey: run)
            Task {
                await work?.end()
                await tools.dispatcher.forgetRate(run.job)
            }
        case .pause(let job, let number, let pause):
            Task {
                try? await Task.sleep(for: pause)
                handle(.resumed(job, number))
            }
        case .removeCanvases(let job):
            Task {
                await remove { $0.removeCanvases(job) }
                handle(.canvasesRemoved(job))
            }
        case .removeFiles(let job):
            Task {
                await remove { $0.removeAll(of: job) }
                handle(.filesRemoved(job))
            }
        case .answer(let ticket, let answer): self.answer(ticket, answer)
        case .noteReason(let job): reportReason(of: job)
        case .settled(let job):
            records[job] = nil
            loggedReasons[job] = nil
            withoutSpace.remove(job)
            settling.removeValue(forKey: job)?.forEach { $0.resume() }
        }
    }

    private func read(_ job: JobID) async {
        do {
            let record = try await tools.store.job(job)
            records[job] = record
            handle(.read(job, record?.row))
        } catch {
            handle(.unchanged(job, Self.transientError(error)))
        }
    }

    private func write(_ job: JobID, _ transition: JobMachine.Transition, from row: JobMachine.Row) async {
        do {
            switch try await tools.store.transition(job, transition, from: row) {
            case .made(let record):
                records[job] = record
                countEnd(of: record, transition)
                handle(.changed(job, transition == .delete ? nil : record.row))
            case .refused(let record):
                records[job] = record
                handle(.refused(job, record?.row))
            }
        } catch {
            handle(.unchanged(job, Self.transientError(error)))
        }
    }

    private func countEnd(of job: JobRecord, _ transition: JobMachine.Transition) {
        switch transition {
        case .complete, .fail, .cancel:
            let end = job.finishedAt ?? job.createdAt
            tools.stages.jobEnded(job.status, after: .seconds(end.timeIntervalSince(job.createdAt)))
        case .begin, .reopen, .delete: break
        }
    }

    private static func transientError(_ error: any Error) -> JobMachine.TransientError {
        (error as? ServiceError).map { JobMachine.TransientError($0) } ?? JobMachine.TransientError(reason: "\(error)")
    }

    private func begin(_ step: JobMachine.Step, of run: JobMachine.Run) {
        let work = runs[run] ?? JobRun(run, tools: tools, hasSpace: !withoutSpace.contains(run.job))
        runs[run] = work
        steps[run] = Task {
            let outcome = await work.perform(step)
            steps[run] = nil
            if case .blocked(let error) = outcome, error.isDiskFull {
                withoutSpace.insert(run.job)
            }
            handle(.stepped(run, outcome))
        }
    }

    private func remove(_ body: @escaping @Sendable (JobFiles) -> Void) async {
        _ = await tools.disk.runQuietly { [files = tools.files] in body(files) }
    }

    private func answer(_ ticket: Int, _ answer: JobMachine.Answer) {
        guard let request = requests.removeValue(forKey: ticket) else { return }
        guard answer == .done, let record = records[request.job] else {
            return request.continuation.resume(throwing: Self.error(answer, request))
        }
        request.continuation.resume(returning: record)
    }

    private static func error(_ answer: JobMachine.Answer, _ request: Request) -> ServiceError {
        switch answer {
        case .done, .notFound: ServiceError(.notFound, "there is no job \(request.job)")
        case .wrongState(let status):
            ServiceError(.wrongState, "the job is \(status.rawValue) and cannot \(request.command.inWords)")
        case .failed(let error): ServiceError(error.isDiskFull ? .diskFull : .notReady, error.reason)
        case .stopping: ServiceError(.notReady, "the master is ending; ask again after its next start")
        }
    }

    private func reportReason(of job: JobID) {
        tools.store.changes.note(job: job)
        guard let reason = machine.reason(job), reason != loggedReasons[job] else { return }
        loggedReasons[job] = reason
        tools.logger.warning(
            "job blocked; retrying until it can continue",
            metadata: [LogKey.job: "\(job)", LogKey.reason: "\(reason)"])
    }
}

extension JobMachine.Command {
    /// The command as it follows "cannot" in an error.
    fileprivate var inWords: String {
        switch self {
        case .cancel: "be cancelled"
        case .retry: "be retried"
        case .delete, .expire: "be deleted"
        }
    }
}
