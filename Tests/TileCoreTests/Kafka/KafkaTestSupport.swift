import Logging

@testable import TileCore

/// An embedded broker with a test's topics, and the test's clients.
struct TestCluster {
    let broker: EmbeddedBroker
    let logger: Logger

    /// - Parameter topics: the number of partitions of each topic; the broker rounds a number above 1 up to its own.
    /// - Parameter groups: the groups that members join.
    init(topics: [String: Int], groups: [String] = [], logger: Logger = .silent) throws {
        self.logger = logger
        broker = try EmbeddedBroker(
            topics: topics.map { KafkaTopicSpecification(name: $0.key, partitions: $0.value) }, groups: groups,
            logger: logger)
    }

    func configuration(_ properties: [String: String] = [:]) -> KafkaConfiguration {
        var configuration = broker.configuration
        for (name, value) in properties { configuration[name] = value }
        return configuration
    }

    func producer(_ properties: [String: String] = [:]) throws -> KafkaProducer {
        try KafkaProducer(configuration(properties), logger: logger)
    }

    func consumer(
        _ source: KafkaConsumer.Source, mailbox: KafkaMailbox = KafkaMailbox(),
        onRebalance: (@Sendable (KafkaConsumer.Rebalance) -> Void)? = nil
    ) throws -> KafkaConsumer {
        try KafkaConsumer(
            configuration(), source: source, mailbox: mailbox, logger: logger, onRebalance: onRebalance)
    }

    /// A consumer that starts at the offsets of `group`, or at the beginning. It joins no group, so it starts at once.
    func reader(of topic: String, partitions: [Int32] = [0], group: String = "reader") throws -> KafkaConsumer {
        try consumer(.stored(group: group, partitions.map { KafkaPartition(topic: topic, partition: $0) }))
    }
}

extension KafkaRecord {
    /// Sends a record with a text.
    init(_ text: String, to topic: String, partition: Int32? = 0, key: String? = nil) {
        self.init(topic: topic, partition: partition, key: key, payload: OwnedBytes(copying: Array(text.utf8)))
    }
}

extension KafkaMessage {
    var payload: [UInt8] { withPayload { [UInt8](copying: $0) } }
    var text: String { String(decoding: payload, as: UTF8.self) }
}

extension KafkaConsumer {
    /// The next records; fewer if the consumer ends.
    func take(_ count: Int) async -> [KafkaMessage] {
        var messages: [KafkaMessage] = []
        while messages.count < count, let message = await next() { messages.append(message) }
        return messages
    }

    /// Stores that `message` and all records before it are done.
    func store(through message: KafkaMessage) {
        store(topic: message.topic, partition: message.partition, offset: message.offset + 1)
    }
}

extension SeededGenerator {
    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
