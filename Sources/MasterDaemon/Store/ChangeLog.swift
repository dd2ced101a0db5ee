import Synchronization
import TileCore

/// Collects what has changed in the database. Every write adds its changes after its commit, and the live channel takes
/// them. Listeners of a single job are told at once.
final class ChangeLog: Sendable {
    struct Changes: Sendable {
        /// New and changed jobs, including those with changed tiles.
        var jobs: Set<JobID> = []
        /// Deleted jobs with their owners.
        var deleted: [JobID: String?] = [:]
        /// Jobs with tiles that were set back to pending.
        var reset: Set<JobID> = []
        /// Changes of the tiles of watched jobs, the oldest first.
        var tiles: [TileChange] = []
        /// New, changed and forgotten workers.
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

    /// Adds a listener that is told when the job's row has changed or was deleted, but not when a tile is completed.
    /// - Returns: the listener's number, for `forget`.
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

    /// Keeps changes of the job's tiles from now on, until `unwatch` was called as often as `watch`.
    func watch(_ job: JobID) { state.withLock { $0.watched[job, default: 0] += 1 } }

    func unwatch(_ job: JobID) {
        state.withLock { state in
            let left = (state.watched[job] ?? 1) - 1
            state.watched[job] = left > 0 ? left : nil
        }
    }

    /// Takes the changes of tiles only.
    func takeTiles() -> [TileChange] {
        state.withLock { state in
            defer { state.changes.tiles = [] }
            return state.changes.tiles
        }
    }

    /// Takes all changes.
    func take() -> Changes {
        state.withLock { state in
            defer { state.changes = Changes() }
            return state.changes
        }
    }
}
