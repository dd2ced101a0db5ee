internal import CKafka
internal import Foundation
internal import Synchronization

/// Commits of what a consumer has stored, one after the other. Whoever asks while one is under way shares the next.
final class KafkaCommits: Sendable {
    private typealias Outcome = Result<Void, KafkaError>

    private struct State {
        var isRunning = false
        var waiting: [CheckedContinuation<Outcome, Never>] = []
    }

    private let handle: KafkaHandle
    private let state = Mutex(State())
    /// Seconds that the cluster has for an answer: the group has given the partitions to others soon after.
    private static let patience: Int32 = 5

    init(_ handle: KafkaHandle) { self.handle = handle }

    func commit() async throws(KafkaError) {
        let outcome: Outcome = await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state -> Bool in
                state.waiting.append(continuation)
                defer { state.isRunning = true }
                return !state.isRunning
            }
            // The wait for the cluster blocks, so it gets a thread, for as long as there is something to commit.
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
        let what = "what is done cannot be committed"
        let queue = unsafe rd_kafka_queue_new(handle.client)
        defer { unsafe rd_kafka_queue_destroy(queue) }
        let asked = unsafe rd_kafka_commit_queue(handle.client, nil, queue, nil, nil)
        guard asked == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(KafkaError(asked, what)) }
        guard let event = unsafe rd_kafka_queue_poll(queue, Self.patience * 1000) else {
            return .failure(KafkaError(.timedOut, "\(what): no answer within \(Self.patience) s"))
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let error = unsafe rd_kafka_event_error(event)
        // No offset: the cluster has all, for commits in the background go on meanwhile.
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET else {
            return .failure(KafkaError(error, what))
        }
        return .success(())
    }
}
