/// Limits that clients, topics and the dispatcher share.
public enum KafkaLimits {
    /// The largest record in bytes, headers included; a setting of topics and clients.
    public static let recordBytes = 16 << 20

    /// A connection ends when its peer has acknowledged nothing for this many milliseconds (`TCP_USER_TIMEOUT`).
    static let deadNetworkMilliseconds: Int32 = 6000

    /// Differences from librdkafka's defaults for all clients, so that they reconnect soon; see `docs/kafka.md`.
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
