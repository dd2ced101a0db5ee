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

    /// The time after which a tile's `attempt`, from 1, counts as late: three times the slowest tenth, twice as long
    /// with every attempt, so that tiles that are slow by nature are not given up.
    func patience(attempt: Int) -> Duration {
        let base: Duration
        if samples.isEmpty {
            base = Self.unknown
        } else {
            let sorted = samples.sorted()
            base = max(Self.minimum, sorted[min(sorted.count - 1, sorted.count * 9 / 10)] * 3)
        }
        return base * (1 << min(attempt - 1, 8))
    }
}
