/// Sizes and names that clients, topics and the dispatcher agree on.
public enum KafkaLimits {
    /// The largest record, headers included: what topics are made with and clients allow.
    public static let recordBytes = 16 << 20

    /// Milliseconds after which a connection ends whose other side acknowledges nothing any more.
    static let deadNetworkMilliseconds: Int32 = 6000

    /// What differs from librdkafka's defaults for clients of all kinds, so that they find brokers that are back; see
    /// `docs/kafka.md`.
    static let connectionDefaults = [
        "reconnect.backoff.max.ms": "500",
        "socket.connection.setup.timeout.ms": "8000",
    ]

    /// Kafka's rule for topic names: letters, digits, dots, underscores and hyphens, at most 249.
    public static func isTopicName(_ name: String) -> Bool {
        (1...249).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
