/// What a master tells a worker that asks how to join: the answer to `GET /api/v1/cluster`.
public struct ClusterDescription: Sendable, Hashable, Codable {
    /// `host:port`, with commas between.
    public let bootstrapServers: String
    /// The consumer group to join.
    public let group: String
    public let topics: TopicNames
    /// librdkafka properties that this cluster needs of all its clients. Secrets are never among them.
    public let properties: [String: String]

    /// Those that a worker takes over from whoever answers. Others, as the path of a library to load, are its own host's
    /// business: an address that somebody else has taken over could name them.
    public var propertiesForClients: [String: String] {
        let known: Set<String> = ["fetch.wait.max.ms", "session.timeout.ms"]
        return properties.filter { known.contains($0.key) }
    }

    enum CodingKeys: String, CodingKey {
        case group, topics, properties
        case bootstrapServers = "bootstrap_servers"
    }

    public init(bootstrapServers: String, group: String, topics: TopicNames, properties: [String: String]) {
        self.bootstrapServers = bootstrapServers
        self.group = group
        self.topics = topics
        self.properties = properties
    }
}
