import TileCore

/// What parts of the master know that the page of figures asks for, beside what the API shows.
struct MetricsSources: Sendable {
    /// Records of a topic that its readers have not done with yet.
    struct Lag: Sendable, Hashable {
        let topic: String
        let group: String
        let records: Int
    }

    var registry = MasterMetrics.registry()
    /// Those of HTTP that are open.
    var connections: @Sendable () -> Int = { 0 }
    var lags: @Sendable () -> [Lag] = { [] }
    /// Of the master's own clients.
    var kafkaErrors: @Sendable () -> [KafkaErrorKind: Int] = { [:] }
    /// Idle and busy codec processes by state, those that were started, and those that have ended by reason.
    var codecs: @Sendable () -> (states: [String: Int], started: Int, ended: [String: Int]) = { ([:], 0, [:]) }
    /// `nil` if there are no traces.
    var spans: @Sendable () -> TraceExporter.Counts? = { nil }
}
