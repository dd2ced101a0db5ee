/// Counts values in buckets, for Prometheus. Pure.
public struct Histogram: Sendable, Equatable {
    /// The upper bounds of the buckets, ascending. A last bucket has all higher values.
    public let bounds: [Double]
    private var counts: [Int]
    public private(set) var sum = 0.0

    public init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    public var count: Int { counts.reduce(0, +) }

    public mutating func add(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    /// The samples of a family of the kind `histogram`. Each bucket counts all values up to its bound.
    public func samples(_ labels: [MetricFamily.Label]) -> [MetricFamily.Sample] {
        var (total, samples) = (0, [MetricFamily.Sample]())
        for (index, bound) in (bounds + [.infinity]).enumerated() {
            total += counts[index]
            samples.append(
                MetricFamily.Sample(
                    suffix: "_bucket", labels: labels + [MetricFamily.Label("le", MetricFamily.number(bound))],
                    value: Double(total)))
        }
        samples.append(MetricFamily.Sample(suffix: "_sum", labels: labels, value: sum))
        samples.append(MetricFamily.Sample(suffix: "_count", labels: labels, value: Double(total)))
        return samples
    }
}
