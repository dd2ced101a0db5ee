internal import Foundation
internal import Synchronization

/// A thread that makes one blocking call over and over. librdkafka's polls wait in here, so that no thread of Swift's
/// pool ever does.
final class KafkaThread: Sendable {
    private enum State {
        case running
        case stopping(last: @Sendable () -> Void, CheckedContinuation<Void, Never>)
        case stopped
    }

    private let state = Mutex<State>(.running)

    /// - Parameter work: returns within a tenth of a second or so.
    init(name: String, _ work: @escaping @Sendable () -> Void) {
        let thread = Thread { [weak self] in
            while true {
                // Weak, so that a client that nobody closed still ends when its owner is gone.
                guard let self else { return }
                if self.endIfStopping() { return }
                work()
            }
        }
        thread.name = name
        thread.start()
    }

    private func endIfStopping() -> Bool {
        let ending = state.withLock { state -> (@Sendable () -> Void, CheckedContinuation<Void, Never>)? in
            guard case .stopping(let last, let continuation) = state else { return nil }
            state = .stopped
            return (last, continuation)
        }
        guard let (last, continuation) = ending else { return false }
        last()
        continuation.resume()
        return true
    }

    /// Ends the thread after `last`, which runs on it. A second call does nothing.
    func stop(_ last: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                guard case .running = state else { return false }
                state = .stopping(last: last, continuation)
                return true
            }
            if !isFirst { continuation.resume() }
        }
    }
}
