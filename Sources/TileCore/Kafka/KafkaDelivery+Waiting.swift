internal import CKafka
internal import Synchronization

/// One record's delivery report, awaited by the task that sent it. The record's opaque pointer holds it meanwhile.
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
            return .failure(KafkaError(report.error, "a record for \(topic) did not arrive"))
        }
        return .success(report.delivery)
    }
}

/// Where senders wait while librdkafka's queue is full. The polling thread opens it after delivery reports, when their
/// records have left the queue; a ticket from before the attempt makes sure that no opening is missed in between.
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
