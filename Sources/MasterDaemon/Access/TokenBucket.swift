/// The used part of a limit. It decreases evenly, by the whole amount within one window of the limit. Pure; times are
/// given.
///
/// It is an inverted token bucket: it counts what was taken. A bucket that was not used for a window is empty and need
/// not be stored. For a limit on simultaneous use it does not decrease with time: `give` returns units.
struct TokenBucket: Sendable, Hashable {
    private(set) var used = 0.0
    private var time: Double

    init(now: Double) { time = now }

    /// Seconds until the units can be taken: 0 if they can be now, infinity if they exceed the limit.
    mutating func wait(for units: Double, of limit: RateLimit, now: Double) -> Double {
        settle(limit, now)
        let excess = used + units - Double(limit.amount)
        guard excess > 0 else { return 0 }
        guard units <= Double(limit.amount), let pace = limit.secondsPerUnit else { return .infinity }
        return excess * pace
    }

    /// Takes units even if they exceed the limit.
    mutating func take(_ units: Double, of limit: RateLimit, now: Double) {
        settle(limit, now)
        used += units
    }

    /// Returns units of a limit on simultaneous use.
    mutating func give(_ units: Double) { used = max(0, used - units) }

    /// Units that can be taken now.
    mutating func left(of limit: RateLimit, now: Double) -> Int {
        settle(limit, now)
        return max(0, Int((Double(limit.amount) - used).rounded(.down)))
    }

    /// Seconds until the bucket is empty.
    func secondsUntilEmpty(_ limit: RateLimit, now: Double) -> Double {
        guard let pace = limit.secondsPerUnit else { return used > 0 ? .infinity : 0 }
        return max(0, used * pace - max(0, now - time))
    }

    private mutating func settle(_ limit: RateLimit, _ now: Double) {
        guard let pace = limit.secondsPerUnit else { return }
        used = max(0, used - max(0, now - time) / pace)
        time = max(time, now)
    }
}
