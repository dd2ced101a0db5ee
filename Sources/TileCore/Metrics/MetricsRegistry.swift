public import CoreMetrics
internal import Synchronization

/// Keeps the metrics that are counted through swift-metrics, for the page of metrics. Figures that a program has anyway
/// are not kept here, but read for each request.
///
/// Only declared families are kept, because libraries count undocumented metrics.
public final class MetricsRegistry: MetricsFactory {
    /// A family that is counted here.
    public struct Declaration: Sendable {
        let name: String
        let kind: MetricFamily.Kind
        let help: String

        public init(_ name: String, _ kind: MetricFamily.Kind, _ help: String) {
            (self.name, self.kind, self.help) = (name, kind, help)
        }
    }

    /// The buckets' bounds in seconds, from a small tile's kernel to the decoding of a gigapixel.
    public static let bounds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ]

    /// A family's name and the labels of one sample.
    fileprivate struct Key: Hashable, Sendable {
        let name: String
        let labels: [MetricFamily.Label]
    }

    private struct State {
        var counts: [Key: Int64] = [:]
        var histograms: [Key: Histogram] = [:]
    }

    private let declarations: [Declaration]
    private let state = Mutex(State())

    public init(_ declarations: [Declaration]) { self.declarations = declarations }

    /// All declared families with their current counts.
    public func families() -> [MetricFamily] {
        let state = state.withLock { $0 }
        let keys = Dictionary(grouping: Array(state.counts.keys) + Array(state.histograms.keys), by: \.name)
        return declarations.map { declaration in
            let samples = (keys[declaration.name] ?? []).sorted { Self.order($0.labels, $1.labels) }.flatMap { key in
                state.histograms[key]?.samples(key.labels)
                    ?? [MetricFamily.Sample(labels: key.labels, value: Double(state.counts[key] ?? 0))]
            }
            return MetricFamily(declaration.name, declaration.kind, declaration.help, samples)
        }
    }

    private static func order(_ left: [MetricFamily.Label], _ right: [MetricFamily.Label]) -> Bool {
        left.map(\.value).lexicographicallyPrecedes(right.map(\.value))
    }

    private func key(_ label: String, _ dimensions: [(String, String)]) -> Key? {
        guard declarations.contains(where: { $0.name == label }) else { return nil }
        return Key(name: label, labels: dimensions.map { MetricFamily.Label($0.0, $0.1) })
    }

    fileprivate func add(_ amount: Int64, to key: Key) { state.withLock { $0.counts[key, default: 0] += amount } }

    fileprivate func record(_ value: Double, in key: Key) {
        state.withLock { $0.histograms[key, default: Histogram(bounds: Self.bounds)].add(value) }
    }

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard let key = key(label, dimensions) else { return NOOPMetricsHandler.instance }
        return CountHandler(registry: self, key: key)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        guard let key = key(label, dimensions) else { return NOOPMetricsHandler.instance }
        return DurationHandler(registry: self, key: key)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    // Counts live as long as the program, so nothing is destroyed.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
}

private final class CountHandler: CounterHandler {
    private let registry: MetricsRegistry
    private let key: MetricsRegistry.Key

    init(registry: MetricsRegistry, key: MetricsRegistry.Key) {
        self.registry = registry
        self.key = key
    }

    func increment(by amount: Int64) { registry.add(amount, to: key) }

    // Does nothing, because Prometheus' counters never decrease.
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
