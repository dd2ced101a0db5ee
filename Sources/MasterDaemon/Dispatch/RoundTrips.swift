/// The times of a pass's tiles from dispatch to result, and the timeout that follows from them.
struct RoundTrips: Sendable {
    /// The shortest timeout, however fast the other tiles were.
    static let minimum = Duration.seconds(5)
    /// The timeout while there are no samples. A first tile may be slow without being lost.
    static let unknown = Duration.seconds(30)

    private static let kept = 128
    /// The latest samples. Once there are `kept` of them, the oldest is at `next`.
    private var samples: [Duration] = []
    private var next = 0
    /// The same samples in ascending order. They are sorted as they come, because quantiles are read far more often: for
    /// each tile of each pass, several times a second.
    private var sorted: [Duration] = []

    mutating func add(_ sample: Duration) {
        if samples.count < Self.kept {
            samples.append(sample)
        } else {
            sorted.remove(at: firstIndex(notBelow: samples[next]))
            samples[next] = sample
            next = (next + 1) % Self.kept
        }
        sorted.insert(sample, at: firstIndex(notBelow: sample))
    }

    /// The time after which a tile is late: three times the 90th percentile. It doubles with every failed attempt, so that
    /// naturally slow tiles do not fail.
    func timeout(failedAttempts: Int) -> Duration {
        let base = quantile(9, of: 10).map { max(Self.minimum, $0 * 3) } ?? Self.unknown
        return base * (1 << min(failedAttempts, 8))
    }

    /// The time after which a tile in flight is slow: twice the median; `nil` while there are no samples.
    var slowness: Duration? { quantile(1, of: 2).map { max(.milliseconds(100), $0 * 2) } }

    private func quantile(_ part: Int, of parts: Int) -> Duration? {
        guard !sorted.isEmpty else { return nil }
        return sorted[min(sorted.count - 1, sorted.count * part / parts)]
    }

    /// The position in `sorted` of the first sample that is not less than `sample`.
    private func firstIndex(notBelow sample: Duration) -> Int {
        var range = 0..<sorted.count
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            range = sorted[middle] < sample ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
