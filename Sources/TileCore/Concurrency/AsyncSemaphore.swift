internal import DequeModule
internal import Synchronization

/// A fixed number of places. Who finds none free waits its turn, first come first served.
public final class AsyncSemaphore: Sendable {
    private struct State {
        var free: Int
        var nextTicket = 0
        var waiting: Deque<(ticket: Int, continuation: CheckedContinuation<Void, any Error>)> = []
    }

    private let state: Mutex<State>

    public init(places: Int) { state = Mutex(State(free: places)) }

    /// Takes a place, to be given back.
    /// - Throws: `CancellationError` where the task is cancelled before it has one.
    public func take() async throws {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    state.waiting.append((ticket, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).continuation }
            }
            waiting?.resume(throwing: CancellationError())
        }
    }

    public func giveBack() {
        let waiting = state.withLock { state in
            if let first = state.waiting.popFirst() { return Optional(first.continuation) }
            state.free += 1
            return nil
        }
        waiting?.resume()
    }

    /// Runs `body` with a place taken.
    nonisolated(nonsending) public func withPlace<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        try await take()
        defer { giveBack() }
        return try await body()
    }
}
