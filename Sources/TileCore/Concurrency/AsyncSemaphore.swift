internal import DequeModule
internal import Synchronization

/// A fixed number of places. Whoever finds none free waits for a turn, first come first served.
public final class AsyncSemaphore: Sendable {
    /// Why there is no place for a task that is willing to wait.
    public enum Refusal: Error, Sendable, Hashable {
        /// As many wait already as may.
        case tooManyWait
        /// It waited for as long as it may.
        case waitedTooLong
    }

    private struct State {
        var free: Int
        var nextTicket = 0
        var waiting: Deque<(ticket: Int, continuation: CheckedContinuation<Void, any Error>)> = []
    }

    private let state: Mutex<State>
    private let maximumWaiting: Int

    /// - Parameter maximumWaiting: how many may wait for a place at once.
    public init(places: Int, maximumWaiting: Int = .max) {
        state = Mutex(State(free: places))
        self.maximumWaiting = maximumWaiting
    }

    /// How many wait for a place.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Takes a place, to be given back.
    /// - Parameter limit: how long to wait for it; `nil` for ever.
    /// - Throws: `Refusal`, or `CancellationError` if the task is cancelled before it has one.
    public func take(within limit: Duration? = nil) async throws {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            let timer = Mutex<Task<Void, Never>?>(nil)
            defer { timer.withLock { $0?.cancel() } }
            try await withCheckedThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    guard state.waiting.count < maximumWaiting else { return .failure(Refusal.tooManyWait) }
                    state.waiting.append((ticket, continuation))
                    return nil
                }
                if let result { return continuation.resume(with: result) }
                guard let limit else { return }
                let wait = Task {
                    guard (try? await Task.sleep(for: limit)) != nil else { return }
                    self.stopWaiting(ticket, Refusal.waitedTooLong)
                }
                timer.withLock { $0 = wait }
            }
        } onCancel: {
            stopWaiting(ticket, CancellationError())
        }
    }

    private func stopWaiting(_ ticket: Int, _ error: any Error) {
        let waiting = state.withLock { state in
            state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).continuation }
        }
        waiting?.resume(throwing: error)
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
    /// - Parameter limit: how long to wait for it; `nil` for ever.
    nonisolated(nonsending) public func withPlace<R: Sendable>(
        within limit: Duration? = nil, _ body: () async throws -> R
    ) async throws -> R {
        try await take(within: limit)
        defer { giveBack() }
        return try await body()
    }
}
