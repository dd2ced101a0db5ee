/// What a worker needs to join a cluster: the master's answer to `GET /api/v1/cluster`.
public struct ClusterDescription: Sendable, Hashable, Codable {
    /// `host:port`, separated by commas.
    public let bootstrapServers: String
    /// The consumer group to join.
    public let group: String
    public let topics: TopicNames
    /// librdkafka properties that all clients of this cluster need. They never contain secrets.
    public let properties: [String: String]

    /// The properties that a worker takes from the master's answer. All others are ignored, because an attacker who has
    /// taken over the master's address could name a library to load, for example.
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
