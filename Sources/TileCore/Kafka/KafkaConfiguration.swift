/// librdkafka properties by their own names, for all clients of a process.
///
/// All properties are passed to librdkafka unchanged, so that every security setup that it supports can be used.
public struct KafkaConfiguration: Sendable, Hashable {
    public private(set) var properties: [String: String]

    /// - Parameter brokers: `host:port`, separated by commas.
    public init(brokers: String, properties: [String: String] = [:]) {
        self.properties = properties
        self.properties["bootstrap.servers"] = brokers
    }

    public var brokers: String { properties["bootstrap.servers"] ?? "" }

    public subscript(name: String) -> String? {
        get { properties[name] }
        set { properties[name] = newValue }
    }

    /// These properties, and `defaults` for all others.
    func over(_ defaults: [String: String]) -> [String: String] {
        properties.merging(defaults) { mine, _ in mine }
    }

    /// The properties as lines of a file that `parse` reads.
    public static func lines(_ properties: [String: String]) -> String {
        properties.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
    }
}

extension KafkaConfiguration {
    /// All properties but the brokers.
    public var clientProperties: [String: String] { properties.filter { $0.key != "bootstrap.servers" } }
}
