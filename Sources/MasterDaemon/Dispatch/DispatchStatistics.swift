/// Counts since the master's start.
struct DispatchStatistics: Sendable {
    /// Tiles sent, counting every attempt.
    var sent = 0
    /// Tiles resent because no result came in time.
    var resent = 0
    /// Tiles resent because an attempt failed on a worker.
    var retries = 0
    /// Speculative attempts: tiles that were also sent to another worker, because the first one was slow.
    var speculative = 0
    /// Tiles that could not be handed to the transport.
    var sendFailures = 0
    /// Workers that were lost, or were replaced without having left.
    var lostWorkers = 0
    /// Tiles that failed permanently.
    var failures = 0
    /// Dropped results, by reason.
    var drops: [Scheduler.Drop: Int] = [:]
    var completed = EventRate()
}

/// How often something happens, over the last ten seconds.
struct EventRate: Sendable {
    private static let seconds = 10
    private(set) var total = 0
    private var start: ContinuousClock.Instant?
    private var buckets = Array(repeating: 0, count: seconds)
    private var last = 0

    mutating func add(at now: ContinuousClock.Instant) {
        let second = advance(to: now)
        buckets[second % Self.seconds] += 1
        total += 1
    }

    func perSecond(at now: ContinuousClock.Instant) -> Double {
        var copy = self
        guard let start else { return 0 }
        _ = copy.advance(to: now)
        // In the first ten seconds, the rate is over the time since the first event.
        let span = min(max((now - start) / .seconds(1), 1), Double(Self.seconds))
        return Double(copy.buckets.reduce(0, +)) / span
    }

    /// Empties the buckets of the seconds in which nothing happened.
    private mutating func advance(to now: ContinuousClock.Instant) -> Int {
        let start = start ?? now
        self.start = start
        let second = Int((now - start) / .seconds(1))
        for skipped in stride(from: last + 1, through: min(second, last + Self.seconds), by: 1) {
            buckets[skipped % Self.seconds] = 0
        }
        last = max(last, second)
        return second
    }
}

/// The tiles that wait or are in flight, and how many may be in flight.
struct QueueView: Sendable {
    let waiting: Int
    let inFlight: Int
    let windowTiles: Int
    let outstandingBytes: Int
    let activeJobs: Int
}
