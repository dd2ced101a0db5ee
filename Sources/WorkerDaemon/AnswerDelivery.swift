import Logging
import TileCore

/// Sends the worker's answers, and moves records that cannot be answered to the dead letters.
struct AnswerDelivery: Sendable {
    let identity: WorkerIdentity
    let topics: TopicNames
    let producer: KafkaProducer
    let progress: WorkerProgress
    let logger: Logger
    private let capacity = DeadLetterCapacity()

    init(
        identity: WorkerIdentity, topics: TopicNames, producer: KafkaProducer, progress: WorkerProgress, logger: Logger
    ) {
        self.identity = identity
        self.topics = topics
        self.producer = producer
        self.progress = progress
        self.logger = logger
    }

    /// Sends an answer.
    /// - Returns: `nil` if it was delivered, otherwise the outcome of the record.
    func send(
        _ result: TileResult, _ payload: consuming OwnedBytes, to topic: String, for message: KafkaMessage,
        in place: RecordPlace
    ) async -> WorkerMetrics.Outcome? {
        let filler = payload.count == 0 ? message.header(TileTask.fillerName) : nil
        do {
            // The answer takes the partition of its task, so that the master's window bounds both topics.
            try await producer.send(
                KafkaRecord(
                    topic: topic, partition: message.partition, key: result.tile.job.rawValue,
                    headers: result.headers(filler: filler), payload: payload))
        } catch {
            logger.error(
                "result not delivered",
                metadata: message.logMetadata.merging(result.tile.logMetadata) { $1 }
                    .merging([LogKey.attempt: "\(result.attempt)", LogKey.reason: "\(error.reason)"]) { $1 })
            guard error.code == .unknownTopic || error.code == .recordTooLarge else {
                return error.code == .closed ? .left : .undelivered
            }
            return await deadLetter(message, reason: error.reason, in: place) ? .undelivered : .left
        }
        return nil
    }

    /// Moves a record to the dead letters. Tries again after an outage, because nobody else resends the record.
    /// - Returns: false if the record has to be delivered again.
    func deadLetter(_ message: KafkaMessage, reason: String, in place: RecordPlace) async -> Bool {
        let bytes = message.payloadCount
        let hasCapacity = capacity.take(bytes)
        if hasCapacity { place.giveBack() }
        defer { if hasCapacity { capacity.giveBack(bytes) } }
        while true {
            do {
                try await producer.send(
                    DeadLetter.record(for: message, reason: reason, from: identity.id, topic: topics.deadLetters))
                progress.counters.countDeadLetter()
                return true
            } catch {
                logger.error(
                    "record not moved to \(topics.deadLetters)",
                    metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
                guard error.code == .timedOut, progress.isAssigned(message.place) else {
                    return error.code != .closed
                }
            }
        }
    }
}
