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

    /// The group under which a master keeps how far it is with its results.
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

    /// How the topics are made. Tiles are a queue, kept an hour; dead letters are kept a week for a person to look at.
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
