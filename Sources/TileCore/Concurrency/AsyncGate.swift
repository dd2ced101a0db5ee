internal import DequeModule
internal import Synchronization

/// Lets many through together, or one alone. Who cannot pass waits its turn, first come first served, so that neither
/// kind keeps the other out for ever.
public final class AsyncGate: Sendable {
    private struct Waiting {
        let ticket: Int
        let isAlone: Bool
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var inside = 0
        var isOneAlone = false
        var nextTicket = 0
        var waiting: Deque<Waiting> = []

        mutating func enter(alone: Bool) -> Bool {
            guard !isOneAlone, inside == 0 || !alone else { return false }
            inside += 1
            isOneAlone = alone
            return true
        }

        /// Those in front who can enter now.
        mutating func admit() -> [CheckedContinuation<Void, any Error>] {
            var admitted: [CheckedContinuation<Void, any Error>] = []
            while let first = waiting.first, enter(alone: first.isAlone) {
                admitted.append(first.continuation)
                waiting.removeFirst()
            }
            return admitted
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// Who waits for a turn.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` beside others, or `alone`.
    /// - Throws: what `body` throws, or `CancellationError` where the task is cancelled before its turn.
    public func pass<R: Sendable>(alone: Bool, _ body: () async throws -> R) async throws -> R {
        try await enter(alone: alone)
        defer { leave() }
        return try await body()
    }

    private func enter(alone: Bool) async throws {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.waiting.isEmpty, state.enter(alone: alone) { return .success(()) }
                    state.waiting.append(Waiting(ticket: ticket, isAlone: alone, continuation: continuation))
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

    private func leave() {
        let admitted = state.withLock { state in
            state.inside -= 1
            state.isOneAlone = false
            return state.admit()
        }
        for continuation in admitted { continuation.resume() }
    }
}
