/// The kinds of client errors that are counted.
public enum KafkaErrorKind: String, Sendable, Hashable, CaseIterable {
    /// No broker answers.
    case unreachable
    /// The brokers refuse the credentials.
    case authentication
    /// There is no TLS connection.
    case tls
    case other
}
