import CoreMetrics
import Synchronization
import TileCore

/// A worker's metrics, and their text for Prometheus.
final class WorkerMetrics: Sendable {
    /// The outcome of a record.
    enum Outcome: String, Sendable, CaseIterable {
        /// The answer has the tile's pixels.
        case transformed
        /// The worker wrote the pixels into the master's canvas.
        case written
        /// The tile could not be transformed, and the answer says so.
        case failed
        /// The master's canvases could not be opened, and the answer says so.
        case unreachable
        /// No answer could be delivered.
        case undelivered
        /// The record was not a valid task, and was moved to the dead letters.
        case malformed
        /// The record is delivered again, to the next owner of its partition.
        case left
    }

    /// The figures of the current session.
    struct SessionFacts: Sendable {
        var partitions = 0
        var reconnects = 0
        var errors: [KafkaErrorKind: Int] = [:]
    }

    static let records = "tilework_task_records_total"
    static let taskDuration = "tilework_task_duration_seconds"
    static let transformDuration = "tilework_transform_duration_seconds"

    let counters = WorkerCounters()
    /// Whether the metrics are served. If not, steps are not timed.
    let isOn: Bool
    private let slots: Int
    private let spans: @Sendable () -> TraceExporter.Counts?
    private let registry = MetricsRegistry([
        .init(records, .counter, "Records of tasks that were taken, by what became of them."),
        .init(taskDuration, .histogram, "Time from the taking of a record until its answer is delivered."),
        .init(
            transformDuration, .histogram, "Time of each step of a tile, by its name; merged steps count as table."),
    ])
    private let outcomes: [Outcome: Counter]
    private let duration: CoreMetrics.Timer
    private let session = Mutex<(@Sendable () -> SessionFacts)?>(nil)

    init(slots: Int, isOn: Bool, spans: @escaping @Sendable () -> TraceExporter.Counts? = { nil }) {
        self.slots = slots
        self.isOn = isOn
        self.spans = spans
        outcomes = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map { [registry] outcome in
                let labels = [("outcome", outcome.rawValue)]
                return (outcome, Counter(label: Self.records, dimensions: labels, factory: registry))
            })
        duration = Timer(label: Self.taskDuration, dimensions: [], factory: registry)
    }

    /// Sets the source of the session's figures; `nil` if there is no session.
    func setSession(_ facts: (@Sendable () -> SessionFacts)?) { session.withLock { $0 = facts } }

    func count(_ outcome: Outcome, after time: Duration) {
        outcomes[outcome]?.increment()
        duration.recordNanoseconds(Int64(time / .nanoseconds(1)))
    }

    func transformed(_ step: String, _ time: Duration) {
        Timer(label: Self.transformDuration, dimensions: [("step", step)], factory: registry)
            .recordNanoseconds(Int64(time / .nanoseconds(1)))
    }

    /// The metrics in Prometheus' text format. Reads files of `/proc`, which takes a moment.
    var text: String { MetricFamily.text(of: families) }

    private var families: [MetricFamily] {
        let counts = counters.now
        let facts = session.withLock { $0 }?() ?? SessionFacts()
        let errors = counts.formerErrors.merging(facts.errors, uniquingKeysWith: +)
        return [
            MetricFamily(
                "tilework_info", .gauge, "The release, always 1.", by: "version", [TileworkVersion.current: 1]),
            MetricFamily("tilework_task_slots", .gauge, "Tiles that are worked on at once.", Double(slots)),
            MetricFamily(
                "tilework_task_in_hand", .gauge, "Records that were taken and are not answered yet.",
                Double(counts.unfinished)),
            MetricFamily(
                "tilework_task_received_bytes_total", .counter, "Bytes of pixels that came in records.",
                Double(counts.receivedBytes)),
            MetricFamily(
                "tilework_task_sent_bytes_total", .counter, "Bytes of pixels that went out in answers.",
                Double(counts.sentBytes)),
            MetricFamily(
                "tilework_task_dead_letters_total", .counter, "Records that were moved to the dead letters.",
                Double(counts.deadLetters)),
            MetricFamily(
                "tilework_transform_cpu_seconds_total", .counter, "Processor time of all transforms.",
                counts.cpu / .seconds(1)),
            MetricFamily(
                "tilework_kafka_client_partitions", .gauge, "Partitions that the group has assigned to this worker.",
                Double(facts.partitions)),
            MetricFamily(
                "tilework_kafka_client_rebalances_total", .counter,
                "Times that the group assigned partitions to this worker.",
                Double(counts.rebalances)),
            MetricFamily(
                "tilework_kafka_client_reconnects_total", .counter,
                "Times that a broker answered again after none did.",
                Double(counts.formerReconnects + facts.reconnects)),
            MetricFamily(
                "tilework_kafka_client_errors_total", .counter,
                "Errors of this process's Kafka clients.", by: "kind",
                Dictionary(
                    uniqueKeysWithValues: KafkaErrorKind.allCases.map { ($0.rawValue, Double(errors[$0] ?? 0)) })),
        ] + (spans().map { [TraceExporter.family($0)] } ?? []) + ProcessFacts().families(of: "worker")
            + registry.families()
    }
}
