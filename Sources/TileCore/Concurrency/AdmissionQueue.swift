internal import DequeModule
internal import Synchronization

/// Decides whether a request for part of a limited resource can be granted. `AdmissionQueue` does the waiting.
protocol AdmissionPolicy: Sendable {
    associatedtype Request: Sendable

    /// Takes what the request needs.
    /// - Returns: false if it is not available now.
    mutating func take(_ request: Request) -> Bool

    mutating func giveBack(_ request: Request)
}

/// Why a task was not admitted.
public enum AdmissionRefusal: Error, Sendable, Equatable {
    /// Too many tasks wait already.
    case tooManyWaiting
    /// The time limit has passed.
    case waitedTooLong
}

/// Tasks that wait for part of a limited resource, first come first served. A request that cannot be granted yet holds
/// up those behind it, so that small requests do not block a large one for ever.
final class AdmissionQueue<Policy: AdmissionPolicy>: Sendable {
    private struct Waiting {
        let ticket: Int
        let request: Policy.Request
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var policy: Policy
        var nextTicket = 0
        var waiting: Deque<Waiting> = []

        /// Removes the tasks in front whose requests can be granted now.
        mutating func admit() -> [CheckedContinuation<Void, any Error>] {
            var admitted: [CheckedContinuation<Void, any Error>] = []
            while let first = waiting.first, policy.take(first.request) {
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

    /// The current state of the policy.
    var policy: Policy { state.withLock { $0.policy } }

    /// How many tasks wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Takes what the request needs. Call `giveBack` afterwards.
    /// - Parameter limit: how long to wait; `nil` for no limit.
    /// - Throws: `AdmissionRefusal`, or `CancellationError` if the task is cancelled before its turn.
    func take(_ request: Policy.Request, within limit: Duration? = nil) async throws {
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
                    if state.waiting.isEmpty, state.policy.take(request) { return .success(()) }
                    guard state.waiting.count < maximumWaiting else {
                        return .failure(AdmissionRefusal.tooManyWaiting)
                    }
                    state.waiting.append(Waiting(ticket: ticket, request: request, continuation: continuation))
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

    func giveBack(_ request: Policy.Request) {
        let admitted = state.withLock { state in
            state.policy.giveBack(request)
            return state.admit()
        }
        for continuation in admitted { continuation.resume() }
    }

    private func stopWaiting(_ ticket: Int, _ error: any Error) {
        let (stopped, admitted) = state.withLock { state in
            let place = state.waiting.firstIndex { $0.ticket == ticket }
            let stopped = place.map { state.waiting.remove(at: $0).continuation }
            // The tasks behind this one may have waited only for it.
            return (stopped, state.admit())
        }
        stopped?.resume(throwing: error)
        for continuation in admitted { continuation.resume() }
    }
}
