import Synchronization
import TileCore

/// Which jobs are queued to run or running. A job runs once at a time, however often it is added.
final class JobRuns: Sendable {
    private struct Entry {
        /// Times that the job is in the queue.
        var queued = 0
        var task: Task<Void, Never>?
        /// It came up in the queue while it was running.
        var runsAgain = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    /// Jobs to run, in the order of their acceptance.
    let queue: AsyncStream<JobID>
    private let incoming: AsyncStream<JobID>.Continuation
    private let entries = Mutex<[JobID: Entry]>([:])
    private let tickets = Atomic(0)

    init() { (queue, incoming) = AsyncStream.makeStream() }

    func add(_ id: JobID) {
        entries.withLock { $0[id, default: Entry()].queued += 1 }
        incoming.yield(id)
    }

    /// The job came up in the queue. False where it is running already; then it comes up again later.
    func start(_ id: JobID, _ task: Task<Void, Never>) -> Bool {
        entries.withLock { entries in
            entries[id, default: Entry()].queued -= 1
            guard entries[id]?.task == nil else {
                entries[id]?.runsAgain = true
                return false
            }
            entries[id]?.task = task
            return true
        }
    }

    func end(_ id: JobID) {
        let (runsAgain, waiting) = entries.withLock { entries in
            let runsAgain = entries[id]?.runsAgain ?? false
            entries[id]?.task = nil
            entries[id]?.runsAgain = false
            guard !runsAgain, entries[id]?.queued == 0 else {
                return (runsAgain, [Int: CheckedContinuation<Void, Never>]())
            }
            return (false, entries.removeValue(forKey: id)?.waiting ?? [:])
        }
        if runsAgain { add(id) }
        waiting.values.forEach { $0.resume() }
    }

    /// Cancels a job's run and returns once it has ended. A job that is still queued ends by itself: its run finds in
    /// the database that it is not to be done any more.
    func stop(_ id: JobID) async {
        let task = entries.withLock { $0[id]?.task }
        task?.cancel()
        await task?.value
    }

    /// Returns once the job neither runs nor waits to, or the task is cancelled.
    func waitForEnd(of id: JobID) async {
        let ticket = tickets.add(1, ordering: .relaxed).newValue
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = entries.withLock { entries in
                    guard entries[id] != nil, !Task.isCancelled else { return false }
                    entries[id]?.waiting[ticket] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            entries.withLock { $0[id]?.waiting.removeValue(forKey: ticket) }?.resume()
        }
    }
}
