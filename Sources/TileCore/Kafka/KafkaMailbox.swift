internal import DequeModule
internal import Synchronization

/// The queue of records between the polling thread and the task that takes them.
final class KafkaMailbox: Sendable {
    enum Flow { case pause, resume }

    private struct State {
        var messages = Deque<KafkaMessage>()
        var bytes = 0
        var isPaused = false
        var isFinished = false
        var waiting: CheckedContinuation<KafkaMessage?, Never>?
    }

    private let state = Mutex(State())
    /// Payload bytes above which partitions are paused; they resume at half of it. Masters keep fewer bytes in flight,
    /// so this limit matters only if another program fills the topic.
    private let capacity: Int

    init(capacity: Int = 256 << 20) { self.capacity = capacity }

    /// The number of waiting records.
    var count: Int { state.withLock { $0.messages.count } }

    func put(_ message: KafkaMessage) {
        let waiting = state.withLock { state -> CheckedContinuation<KafkaMessage?, Never>? in
            if state.isFinished { return nil }
            if let waiting = state.waiting.take() { return waiting }
            state.messages.append(message)
            state.bytes += message.payloadCount
            return nil
        }
        waiting?.resume(returning: message)
    }

    func next() async -> KafkaMessage? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> KafkaMessage?? in
                    if state.isFinished || Task.isCancelled { return .some(nil) }
                    if let message = state.messages.popFirst() {
                        state.bytes -= message.payloadCount
                        return message
                    }
                    precondition(state.waiting == nil, "two tasks wait for records of one consumer")
                    state.waiting = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            state.withLock { $0.waiting.take() }?.resume(returning: nil)
        }
    }

    /// Drops the waiting records of revoked partitions. Revoking also ends their pause.
    func drop(_ partitions: [KafkaPartition]) {
        let revoked = Set(partitions.map { KafkaPartition(topic: $0.topic, partition: $0.partition) })
        state.withLock { state in
            state.messages.removeAll { revoked.contains(KafkaPartition(topic: $0.topic, partition: $0.partition)) }
            state.bytes = state.messages.reduce(0) { $0 + $1.payloadCount }
            state.isPaused = false
        }
    }

    /// Whether fetching has to pause or resume; `nil` if nothing has changed.
    func changeOfFlow() -> Flow? {
        state.withLock { state in
            if !state.isPaused, state.bytes > capacity {
                state.isPaused = true
                return .pause
            }
            if state.isPaused, state.bytes <= capacity / 2 {
                state.isPaused = false
                return .resume
            }
            return nil
        }
    }

    func finish() {
        // The records are released outside the lock, because releasing the last one may destroy the client.
        let (waiting, _) = state.withLock { state in
            state.isFinished = true
            state.bytes = 0
            defer { state.messages = [] }
            return (state.waiting.take(), state.messages)
        }
        waiting?.resume(returning: nil)
    }
}
