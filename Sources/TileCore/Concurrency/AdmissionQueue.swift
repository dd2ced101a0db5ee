internal import DequeModule
internal import Synchronization

/// Says who may have a part of something limited. Does not wait: the `AdmissionQueue` does.
protocol AdmissionPolicy: Sendable {
    associatedtype Wish: Sendable

    /// Takes what the wish needs; false if it is not to be had now.
    mutating func take(_ wish: Wish) -> Bool

    mutating func giveBack(_ wish: Wish)
}

/// Why a task got nothing.
public enum AdmissionRefusal: Error, Sendable, Equatable {
    /// As many wait as may.
    case tooManyWait
    /// Its patience is over.
    case waitedTooLong
}

/// Tasks that wait for their part of something limited, first come first served: a wish that cannot be met now holds up
/// those behind it, so that small wishes do not keep a large one out for ever.
final class AdmissionQueue<Policy: AdmissionPolicy>: Sendable {
    private struct Waiting {
        let ticket: Int
        let wish: Policy.Wish
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var policy: Policy
        var nextTicket = 0
        var waiting: Deque<Waiting> = []

        /// Those in front whose wishes can be met now.
        mutating func admit() -> [CheckedContinuation<Void, any Error>] {
            var admitted: [CheckedContinuation<Void, any Error>] = []
            while let first = waiting.first, policy.take(first.wish) {
                admitted.append(first.continuation)
                waiting.removeFirst()
            }
            return admitted
        }
    }

    private let state: Mutex<State>
    private let maximumWaiting: Int

    init(_ policy: Policy, maximumWaiting: Int = .max) {
        state = Mutex(State(policy: policy))
        self.maximumWaiting = maximumWaiting
    }

    /// What the policy knows at this moment.
    var policy: Policy { state.withLock { $0.policy } }

    /// How many wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Takes what the wish needs, to be given back.
    /// - Parameter limit: how long to wait for it; `nil` for ever.
    /// - Throws: `AdmissionRefusal`, or `CancellationError` if the task is cancelled before its turn.
    func take(_ wish: Policy.Wish, within limit: Duration? = nil) async throws {
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
                    if state.waiting.isEmpty, state.policy.take(wish) { return .success(()) }
                    guard state.waiting.count < maximumWaiting else {
                        return .failure(AdmissionRefusal.tooManyWait)
                    }
                    state.waiting.append(Waiting(ticket: ticket, wish: wish, continuation: continuation))
                    return nil
                }
                if let result { return continuation.resume(with: result) }
                guard let limit else { return }
                let wait = Task {
                    guard (try? await Task.sleep(for: limit)) != nil else { return }
                    self.stopWaiting(ticket, AdmissionRefusal.waitedTooLong)
                }
                timer.withLock { $0 = wait }
            }
        } onCancel: {
            stopWaiting(ticket, CancellationError())
        }
    }

    func giveBack(_ wish: Policy.Wish) {
        let admitted = state.withLock { state in
            state.policy.giveBack(wish)
            return state.admit()
        }
        for continuation in admitted { continuation.resume() }
    }

    private func stopWaiting(_ ticket: Int, _ error: any Error) {
        let (stopped, admitted) = state.withLock { state in
            let place = state.waiting.firstIndex { $0.ticket == ticket }
            let stopped = place.map { state.waiting.remove(at: $0).continuation }
            // It may have been the one that the others waited for.
            return (stopped, state.admit())
        }
        stopped?.resume(throwing: error)
        for continuation in admitted { continuation.resume() }
    }
}
