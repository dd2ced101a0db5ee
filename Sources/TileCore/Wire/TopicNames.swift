/// The topics of one Tilework cluster.
public struct TopicNames: Sendable, Hashable, Codable {
    public let tasks: String
    public let results: String
    public let heartbeats: String
    public let deadLetters: String

    enum CodingKeys: String, CodingKey {
        case tasks, results, heartbeats
        case deadLetters = "dead_letters"
    }

    /// The consumer group that all workers join.
    public static let workerGroup = "image-workers"

    /// The consumer group for the offsets of a master's results.
    public var resultsGroup: String { "tilework-master-\(results)" }

    public init(
        tasks: String = "tasks", results: String = "results", heartbeats: String = "heartbeats",
        deadLetters: String = "dead-letters"
    ) {
        self.tasks = tasks
        self.results = results
        self.heartbeats = heartbeats
        self.deadLetters = deadLetters
    }

    /// How to create the topics. Tiles are kept for an hour; dead letters for a week, so that a person can inspect
    /// them.
    public var specifications: [KafkaTopicSpecification] {
        let queue = [
            "max.message.bytes": "\(KafkaLimits.recordBytes)", "retention.ms": "3600000", "cleanup.policy": "delete",
        ]
        return [
            KafkaTopicSpecification(name: tasks, partitions: 2, settings: queue),
            KafkaTopicSpecification(name: results, partitions: 2, settings: queue),
            KafkaTopicSpecification(
                name: heartbeats, partitions: 1, settings: ["retention.ms": "3600000", "cleanup.policy": "delete"]),
            KafkaTopicSpecification(
                name: deadLetters, partitions: 1,
                settings: queue.merging(["retention.ms": "604800000"]) { _, week in week }),
        ]
    }
}
