import Synchronization

/// A number of rows, from the top of an image. It only grows, and tasks wait for its growth.
final class RowMark: Sendable {
    private struct Waiter {
        let id: Int
        /// It waits for a larger number than this.
        let rows: Int
        let continuation: CheckedContinuation<Int, any Error>
    }

    private struct State {
        var rows: Int
        var failure: (any Error)?
        var waiters: [Waiter] = []
        var lastID = 0
        /// Waiters whose task was cancelled before they waited.
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>

    init(_ rows: Int) { state = Mutex(State(rows: rows)) }

    var rows: Int { state.withLock { $0.rows } }

    /// Sets the number. A smaller number than before changes nothing.
    func raise(to rows: Int) {
        let (waiters, now) = state.withLock { state in
            let now = max(state.rows, rows)
            state.rows = now
            return (Self.take(&state) { $0.rows < now }, now)
        }
        for waiter in waiters { waiter.continuation.resume(returning: now) }
    }

    /// Ends the growth. Every wait gets this error, now and later.
    func fail(_ error: any Error) {
        let waiters = state.withLock { state in
            if state.failure == nil { state.failure = error }
            return Self.take(&state) { _ in true }
        }
        for waiter in waiters { waiter.continuation.resume(throwing: error) }
    }

    /// Waits until the number is larger than `rows`.
    /// - Returns: the number.
    /// - Throws: `CancellationError`, or the error of `fail` if the number will not grow so far.
    func rows(beyond rows: Int) async throws -> Int {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        defer { state.withLock { _ = $0.cancelled.remove(id) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Int, any Error>? = state.withLock { state in
                    if state.rows > rows { return .success(state.rows) }
                    if let failure = state.failure { return .failure(failure) }
                    if state.cancelled.contains(id) { return .failure(CancellationError()) }
                    state.waiters.append(Waiter(id: id, rows: rows, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiters = state.withLock { state in
                state.cancelled.insert(id)
                return Self.take(&state) { $0.id == id }
            }
            for waiter in waiters { waiter.continuation.resume(throwing: CancellationError()) }
        }
    }

    private static func take(_ state: inout State, _ isMeant: (Waiter) -> Bool) -> [Waiter] {
        let taken = state.waiters.filter(isMeant)
        state.waiters.removeAll(where: isMeant)
        return taken
    }
}
