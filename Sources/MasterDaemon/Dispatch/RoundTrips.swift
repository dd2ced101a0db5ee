/// How long a job's tiles take from dispatch to result, and from that, how long to wait for one.
struct RoundTrips: Sendable {
    /// The fewest seconds to wait, however fast the others were.
    static let minimum = Duration.seconds(5)
    /// To wait while nothing is known about this job's tiles: a first tile may be slow without being lost.
    static let unknown = Duration.seconds(30)

    private static let kept = 128
    private var samples: [Duration] = []
    private var next = 0

    mutating func add(_ sample: Duration) {
        if samples.count < Self.kept {
            samples.append(sample)
        } else {
            samples[next] = sample
            next = (next + 1) % Self.kept
        }
    }

    /// The time after which a tile counts as late: three times the slowest tenth, twice as long with every time that
    /// it came to nothing, so that tiles that are slow by nature are not given up.
    func patience(strikes: Int) -> Duration {
        let base = quantile(9, of: 10).map { max(Self.minimum, $0 * 3) } ?? Self.unknown
        return base * (1 << min(strikes, 8))
    }

    /// The time after which a tile is out for much longer than most; `nil` while nothing is known.
    var slowness: Duration? { quantile(1, of: 2).map { max(.milliseconds(100), $0 * 2) } }

    private func quantile(_ part: Int, of parts: Int) -> Duration? {
        guard !samples.isEmpty else { return nil }
        return samples.sorted()[min(samples.count - 1, samples.count * part / parts)]
    }
}
