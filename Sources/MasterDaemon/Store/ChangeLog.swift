import Synchronization
import TileCore

/// What has changed in the database since somebody looked last. Every write notes here what it has changed, once it is
/// committed; the live channel takes it from here. Whoever waits for a single job is told at once.
final class ChangeLog: Sendable {
    struct Changes: Sendable {
        /// New ones and changed ones, those whose tiles have changed among them.
        var jobs: Set<JobID> = []
        /// With their owners.
        var deleted: [JobID: String?] = [:]
        /// Jobs whose tiles were all set back.
        var reset: Set<JobID> = []
        /// Of the jobs that are watched, in the order in which they happened.
        var tiles: [TileChange] = []
        /// New ones, changed ones and forgotten ones.
        var workers: Set<String> = []
    }

    private struct State {
        var changes = Changes()
        var watched: [JobID: Int] = [:]
        var listeners: [JobID: [Int: AsyncStream<Void>.Continuation]] = [:]
        var lastListener = 0
    }

    private let state = Mutex(State())

    func note(job: JobID) {
        state.withLock { _ = $0.changes.jobs.insert(job) }
        tellListeners(of: job)
    }

    func note(deleted job: JobRecord) {
        state.withLock { $0.changes.deleted[job.jobID] = .some(job.owner) }
        tellListeners(of: job.jobID)
    }

    func note(reset job: JobID) {
        state.withLock { state in
            state.changes.jobs.insert(job)
            state.changes.reset.insert(job)
        }
        tellListeners(of: job)
    }

    func note(tiles: [TileChange]) {
        state.withLock { state in
            for change in tiles {
                state.changes.jobs.insert(change.tile.job)
                if state.watched[change.tile.job] != nil { state.changes.tiles.append(change) }
            }
        }
    }

    func note(worker: String) { state.withLock { _ = $0.changes.workers.insert(worker) } }

    /// A listener is told from here on when the job's row has changed or is gone. Tiles that complete change no row.
    /// - Returns: its number, for `forget`.
    func listen(to job: JobID, _ listener: AsyncStream<Void>.Continuation) -> Int {
        state.withLock { state in
            state.lastListener += 1
            state.listeners[job, default: [:]][state.lastListener] = listener
            return state.lastListener
        }
    }

    func forget(_ listener: Int, of job: JobID) {
        state.withLock { state in
            state.listeners[job]?[listener] = nil
            if state.listeners[job]?.isEmpty == true { state.listeners[job] = nil }
        }
    }

    private func tellListeners(of job: JobID) {
        for listener in state.withLock({ Array(($0.listeners[job] ?? [:]).values) }) { listener.yield() }
    }

    /// Changes of the job's tiles are kept from here on, until as many calls of `unwatch`.
    func watch(_ job: JobID) { state.withLock { $0.watched[job, default: 0] += 1 } }

    func unwatch(_ job: JobID) {
        state.withLock { state in
            let left = (state.watched[job] ?? 1) - 1
            state.watched[job] = left > 0 ? left : nil
        }
    }

    /// The changes of tiles since the last call of either; all others stay.
    func takeTiles() -> [TileChange] {
        state.withLock { state in
            defer { state.changes.tiles = [] }
            return state.changes.tiles
        }
    }

    /// What has changed since the last call.
    func take() -> Changes {
        state.withLock { state in
            defer { state.changes = Changes() }
            return state.changes
        }
    }
}
