import Logging
import Synchronization
import TileCore

/// Moves records that cannot be read to `dead-letters` and counts them.
final class DeadLetterSender: Sendable {
    private let producer: KafkaProducer
    private let topic: String
    private let logger: Logger
    private let state = Mutex(0)

    init(producer: KafkaProducer, topic: String, logger: Logger) {
        self.producer = producer
        self.topic = topic
        self.logger = logger
    }

    var count: Int { state.withLock { $0 } }

    func bury(_ message: KafkaMessage, reason: String) async {
        state.withLock { $0 += 1 }
        do {
            try await producer.send(DeadLetter.record(for: message, reason: reason, from: "master", topic: topic))
        } catch {
            logger.error(
                "a record could not be moved to \(topic)",
                metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
        }
    }
}
