internal import CKafka
internal import Foundation
internal import Synchronization

/// Commits a consumer's stored offsets, one commit at a time. Callers that come while a commit runs share the next one.
final class KafkaCommits: Sendable {
    private typealias Outcome = Result<Void, KafkaError>

    private struct State {
        var isRunning = false
        var waiting: [CheckedContinuation<Outcome, Never>] = []
    }

    private let handle: KafkaHandle
    private let state = Mutex(State())
    /// Seconds to wait for the cluster's answer. A longer wait is useless, because the group reassigns the partitions
    /// then.
    private static let patience: Int32 = 5

    init(_ handle: KafkaHandle) { self.handle = handle }

    func commit() async throws(KafkaError) {
        let outcome: Outcome = await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state -> Bool in
                state.waiting.append(continuation)
                defer { state.isRunning = true }
                return !state.isRunning
            }
            // The commit blocks, so it runs on a thread, which ends when no caller is left.
            if isFirst { Thread.detachNewThread { self.work() } }
        }
        try outcome.get()
    }

    private func work() {
        while true {
            let waiting = state.withLock { state -> [CheckedContinuation<Outcome, Never>] in
                defer { state.waiting = [] }
                state.isRunning = !state.waiting.isEmpty
                return state.waiting
            }
            if waiting.isEmpty { return }
            let outcome = commitStored()
            for continuation in waiting { continuation.resume(returning: outcome) }
        }
    }

    private func commitStored() -> Outcome {
        let what = "offsets cannot be committed"
        let queue = unsafe rd_kafka_queue_new(handle.client)
        defer { unsafe rd_kafka_queue_destroy(queue) }
        let asked = unsafe rd_kafka_commit_queue(handle.client, nil, queue, nil, nil)
        guard asked == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(KafkaError(asked, what)) }
        guard let event = unsafe rd_kafka_queue_poll(queue, Self.patience * 1000) else {
            return .failure(KafkaError(.timedOut, "\(what): no answer within \(Self.patience) s"))
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let error = unsafe rd_kafka_event_error(event)
        // NO_OFFSET means that the automatic commits have already committed everything.
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET else {
            return .failure(KafkaError(error, what))
        }
        return .success(())
    }
}
