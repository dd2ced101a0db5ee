/// How Tilework creates a topic.
public struct KafkaTopicSpecification: Sendable, Hashable {
    public let name: String
    public let partitions: Int
    /// Settings by Kafka's own names, as in `retention.ms`.
    public let settings: [String: String]

    public init(name: String, partitions: Int, settings: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.settings = settings
    }
}
