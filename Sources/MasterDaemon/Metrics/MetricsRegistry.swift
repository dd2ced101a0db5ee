import CoreMetrics
import Synchronization

/// What is counted while it happens, behind the facade of swift-metrics, for `MetricsPage` to show. What the master knows
/// anyway is read when somebody asks.
///
/// Only families that are declared here are kept: libraries count things of their own, which nobody has described.
final class MetricsRegistry: MetricsFactory {
    static let httpRequests = "tilework_http_requests_total"
    static let httpDuration = "tilework_http_request_duration_seconds"
    static let stageDuration = "tilework_stage_duration_seconds"

    /// Each family's help.
    private static let families: [(name: String, kind: MetricFamily.Kind, help: String)] = [
        (httpRequests, .counter, "Requests that were answered, by method, route and status."),
        (httpDuration, .histogram, "Time from a request's header to its answer's header, by method and route."),
        (stageDuration, .histogram, "Time of each piece of work of a stage: a file or a tile."),
    ]

    /// Seconds: from a small tile's kernel to a gigapixel's decoding.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

    /// A family's name with the labels of one line.
    fileprivate struct Key: Hashable, Sendable {
        let name: String
        let labels: [MetricFamily.Label]
    }

    private struct State {
        var counts: [Key: Int64] = [:]
        var histograms: [Key: Histogram] = [:]
    }

    private let state = Mutex(State())

    /// All declared families, with what was counted so far.
    func families() -> [MetricFamily] {
        let state = state.withLock { $0 }
        return Self.families.map { name, kind, help in
            let keys = kind == .histogram ? Array(state.histograms.keys) : Array(state.counts.keys)
            let samples = keys.filter { $0.name == name }.sorted { Self.order($0.labels, $1.labels) }.flatMap { key in
                state.histograms[key]?.samples(key.labels)
                    ?? [MetricFamily.Sample(labels: key.labels, value: Double(state.counts[key] ?? 0))]
            }
            return MetricFamily(name, kind, help, samples)
        }
    }

    private static func order(_ left: [MetricFamily.Label], _ right: [MetricFamily.Label]) -> Bool {
        left.map(\.value).lexicographicallyPrecedes(right.map(\.value))
    }

    private static func key(_ label: String, _ dimensions: [(String, String)]) -> Key? {
        guard families.contains(where: { $0.name == label }) else { return nil }
        return Key(name: label, labels: dimensions.map { MetricFamily.Label($0.0, $0.1) })
    }

    fileprivate func add(_ amount: Int64, to key: Key) { state.withLock { $0.counts[key, default: 0] += amount } }

    fileprivate func record(_ value: Double, in key: Key) {
        state.withLock { $0.histograms[key, default: Histogram(bounds: Self.bounds)].add(value) }
    }

    // MARK: MetricsFactory

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard let key = Self.key(label, dimensions) else { return NOOPMetricsHandler.instance }
        return CountHandler(registry: self, key: key)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        guard let key = Self.key(label, dimensions) else { return NOOPMetricsHandler.instance }
        return DurationHandler(registry: self, key: key)
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    // What is counted lives as long as the master.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
}

private final class CountHandler: CounterHandler {
    private let registry: MetricsRegistry
    private let key: MetricsRegistry.Key

    init(registry: MetricsRegistry, key: MetricsRegistry.Key) {
        self.registry = registry
        self.key = key
    }

    func increment(by amount: Int64) { registry.add(amount, to: key) }

    // Prometheus' counters never fall.
    func reset() {}
}

private final class DurationHandler: TimerHandler {
    private let registry: MetricsRegistry
    private let key: MetricsRegistry.Key

    init(registry: MetricsRegistry, key: MetricsRegistry.Key) {
        self.registry = registry
        self.key = key
    }

    func recordNanoseconds(_ duration: Int64) { registry.record(Double(duration) / 1e9, in: key) }
}
