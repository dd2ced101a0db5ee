import Synchronization
import TileCore

/// Jobs that cannot go on now, and why: the disk is full, or the database locked. They are tried again.
final class JobWaits: Sendable {
    private struct State {
        var reasons: [JobID: String] = [:]
        var running = 0
    }

    private let state = Mutex(State())

    /// Why the job waits, for a person; `nil` where it does not.
    func reason(_ id: JobID) -> String? { state.withLock { $0.reasons[id] } }

    /// Runs `body` as the job's next attempt.
    func running<R>(_ id: JobID, _ body: () async throws -> R) async throws -> R {
        state.withLock { state in
            state.reasons[id] = nil
            state.running += 1
        }
        defer { state.withLock { $0.running -= 1 } }
        return try await body()
    }

    /// The job's attempt has ended, and it waits.
    /// - Returns: whether the canvases that it keeps may be what it and the others wait for: no job is running that
    ///   would make room by its end, and it is not the oldest one, for which the others make room.
    func wait(_ id: JobID, _ reason: String) -> Bool {
        state.withLock { state in
            state.reasons[id] = reason
            return state.running == 0 && state.reasons.keys.contains { $0.rawValue < id.rawValue }
        }
    }

    func end(_ id: JobID) { state.withLock { $0.reasons[id] = nil } }
}
