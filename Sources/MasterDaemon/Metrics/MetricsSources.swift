import TileCore

/// Values for the metrics page that the API does not show, each read from its component on demand.
struct MetricsSources: Sendable {
    /// Records of a topic that its consumer group has not processed yet.
    struct Lag: Sendable, Hashable {
        let topic: String
        let group: String
        let records: Int
    }

    var registry = MasterMetrics.registry()
    /// Open HTTP connections.
    var connections: @Sendable () -> Int = { 0 }
    var lags: @Sendable () -> [Lag] = { [] }
    /// Errors of the master's own Kafka clients.
    var kafkaErrors: @Sendable () -> [KafkaErrorKind: Int] = { [:] }
    /// Codec processes: idle and busy ones by state, started ones, and ended ones by reason.
    var codecs: @Sendable () -> (states: [String: Int], started: Int, ended: [String: Int]) = { ([:], 0, [:]) }
    /// `nil` if tracing is off.
    var spans: @Sendable () -> TraceExporter.Counts? = { nil }
}
