/// How much of a limit is used: the use runs off evenly, the whole amount in the limit's window. Pure; times are given.
///
/// It is a token bucket that counts what was taken from it. So one that was left alone for a window is empty, and need not
/// be remembered. Of what is counted while it lasts nothing runs off: `give` brings it back.
struct TokenBucket: Sendable, Hashable {
    private(set) var used = 0.0
    private var time: Double

    init(now: Double) { time = now }

    /// Seconds until so much can be taken: 0 if it can be now, and infinity if it is more than the limit.
    mutating func wait(for units: Double, of limit: RateLimit, now: Double) -> Double {
        settle(limit, now)
        let excess = used + units - Double(limit.amount)
        guard excess > 0 else { return 0 }
        guard units <= Double(limit.amount), let pace = limit.secondsPerUnit else { return .infinity }
        return excess * pace
    }

    /// Takes so much, whether or not it is there.
    mutating func take(_ units: Double, of limit: RateLimit, now: Double) {
        settle(limit, now)
        used += units
    }

    /// Brings back what was counted while it lasted.
    mutating func give(_ units: Double) { used = max(0, used - units) }

    /// Units that can be taken now.
    mutating func left(of limit: RateLimit, now: Double) -> Int {
        settle(limit, now)
        return max(0, Int((Double(limit.amount) - used).rounded(.down)))
    }

    /// Seconds until nothing is used any more.
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
