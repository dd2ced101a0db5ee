internal import DequeModule
internal import Synchronization

/// A fixed amount, of bytes for example, from which many take and to which they give back. A task that asks for more
/// than is left waits its turn, first come first served.
public final class AsyncBudget: Sendable {
    private struct State {
        var left: Int
        var nextTicket = 0
        var waiting: Deque<(ticket: Int, amount: Int, continuation: CheckedContinuation<Void, any Error>)> = []

        /// Those in front whose turn it is.
        mutating func admit() -> [CheckedContinuation<Void, any Error>] {
            var admitted: [CheckedContinuation<Void, any Error>] = []
            while let first = waiting.first, first.amount <= left {
                left -= first.amount
                admitted.append(first.continuation)
                waiting.removeFirst()
            }
            return admitted
        }
    }

    private let total: Int
    private let state: Mutex<State>

    public init(_ total: Int) {
        self.total = total
        state = Mutex(State(left: total))
    }

    /// What nobody has taken.
    public var left: Int { state.withLock { $0.left } }

    /// Those who wait their turn.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` with `amount` taken. More than there is in all counts as all, so that nobody waits for ever.
    /// - Throws: what `body` throws; `CancellationError` if the task is cancelled before its turn.
    nonisolated(nonsending) public func with<R>(_ amount: Int, _ body: () async throws -> R) async throws -> R {
        let amount = min(amount, total)
        try await take(amount)
        defer { giveBack(amount) }
        return try await body()
    }

    private func take(_ amount: Int) async throws {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.waiting.isEmpty, amount <= state.left {
                        state.left -= amount
                        return .success(())
                    }
                    state.waiting.append((ticket, amount, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let (cancelled, admitted) = state.withLock { state in
                let place = state.waiting.firstIndex { $0.ticket == ticket }
                let cancelled = place.map { state.waiting.remove(at: $0).continuation }
                // It may have been the one that the others waited for.
                return (cancelled, state.admit())
            }
            cancelled?.resume(throwing: CancellationError())
            for continuation in admitted { continuation.resume() }
        }
    }

    private func giveBack(_ amount: Int) {
        let admitted = state.withLock { state in
            state.left += amount
            return state.admit()
        }
        for continuation in admitted { continuation.resume() }
    }
}
