internal import CKafka
internal import Synchronization

/// Lets a task wait for the delivery report of a record. The record's opaque pointer retains this object until then.
final class KafkaDeliveryWaiter: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Report, Never>)
        case finished(Report)
    }

    struct Report: Sendable {
        let error: rd_kafka_resp_err_t
        let delivery: KafkaDelivery
    }

    private let state = Mutex<State>(.open)

    func finish(_ message: rd_kafka_message_t) {
        let report = unsafe Report(
            error: message.err, delivery: KafkaDelivery(partition: message.partition, offset: message.offset))
        let waiting = state.withLock { state -> CheckedContinuation<Report, Never>? in
            defer { state = .finished(report) }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(returning: report)
    }

    func result(topic: String) async -> Result<KafkaDelivery, KafkaError> {
        let report = await withCheckedContinuation { continuation in
            let finished = state.withLock { state -> Report? in
                if case .finished(let report) = state { return report }
                state = .waiting(continuation)
                return nil
            }
            if let finished { continuation.resume(returning: finished) }
        }
        guard report.error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return .failure(KafkaError(report.error, "a record was not delivered to \(topic)"))
        }
        return .success(report.delivery)
    }
}

/// Lets senders wait while librdkafka's queue is full. The polling thread calls `open` after delivery reports, because
/// these records have left the queue. A sender takes a ticket before its attempt, so that it does not miss an opening.
final class KafkaCapacity: Sendable {
    private struct State {
        var openings = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var ticket: Int { state.withLock { $0.openings } }

    func wait(after ticket: Int) async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if state.openings > ticket { return true }
                state.waiting.append(continuation)
                return false
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.openings += 1
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
