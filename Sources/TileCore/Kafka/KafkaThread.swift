internal import Foundation
internal import Synchronization

/// A thread that repeats one blocking call, such as a poll of librdkafka, so that it does not block a thread of Swift's
/// pool.
final class KafkaThread: Sendable {
    private enum State {
        case running
        case stopping(last: @Sendable () -> Void)
        case stopped
    }

    private let state = Mutex<State>(.running)
    /// Finishes when the thread has ended.
    private let end: AsyncStream<Never>
    private let endOfThread: AsyncStream<Never>.Continuation

    /// - Parameter work: has to return within about a tenth of a second.
    init(name: String, _ work: @escaping @Sendable () -> Void) {
        (end, endOfThread) = AsyncStream.makeStream()
        let thread = Thread { [weak self] in
            while true {
                // Weak, so that the thread also ends when its owner is released without a call of `stop`.
                guard let self else { return }
                if self.endIfStopping() { return }
                work()
            }
        }
        thread.name = name
        thread.start()
    }

    private func endIfStopping() -> Bool {
        let last = state.withLock { state -> (@Sendable () -> Void)? in
            guard case .stopping(let last) = state else { return nil }
            state = .stopped
            return last
        }
        guard let last else { return false }
        last()
        endOfThread.finish()
        return true
    }

    /// Ends the thread after `last`, which runs on it. A second call does nothing and returns at once.
    /// - Parameter patience: how long to wait for the end.
    /// - Returns: false if the thread is still running `last`.
    func stop(within patience: Duration = .seconds(3600), _ last: @escaping @Sendable () -> Void) async -> Bool {
        let isFirst = state.withLock { state in
            guard case .running = state else { return false }
            state = .stopping(last: last)
            return true
        }
        guard isFirst else { return true }
        // An unstructured task, because the caller is often cancelled already and must wait all the same.
        return await Task { [end] in
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    for await _ in end {}
                    return !Task.isCancelled
                }
                group.addTask {
                    try? await Task.sleep(for: patience)
                    return false
                }
                let hasEnded = await group.next() ?? false
                group.cancelAll()
                return hasEnded
            }
        }.value
    }
}
