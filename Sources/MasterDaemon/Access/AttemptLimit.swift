/// Slows down whoever tries keys that are wrong, by address. Pure; times are given.
///
/// An address may fail some times at once. After that each answer waits for its turn, and when too many wait, further ones
/// are refused. Keys that are right are never slowed: others behind the same address cannot lock their holder out. That
/// tells a guesser nothing that matters, since a key has 256 random bits.
struct AttemptLimit: Sendable {
    /// How often an address may fail at once.
    static let burst = 10.0
    /// Seconds until it may fail once more.
    static let interval = 1.0
    /// How many times as much the whole network of an IPv6 address may fail.
    static let networkFactor = 8
    /// Answers to an address that may wait.
    static let mostWaiting = 5.0
    /// Addresses that are remembered. The one that failed longest ago is forgotten first.
    static let capacity = 10_000

    /// What an attempt that has failed is answered with.
    enum Answer: Equatable {
        /// The reason, after so many seconds.
        case reason(after: Double)
        /// That it was too much; in so many seconds there is a place again.
        case tooMuch(retryAfter: Double)
    }

    /// What an address may have failed, answers that wait included.
    private static let limit = RateLimit(
        amount: Int(burst + mostWaiting), window: Int((burst + mostWaiting) * interval))
    private static let networkLimit = RateLimit(amount: limit.amount * networkFactor, window: limit.window)

    private struct Failures {
        var bucket: TokenBucket
        var time: Double
    }

    private var addresses: [String: Failures] = [:]

    /// Addresses that are remembered.
    var count: Int { addresses.count }

    /// - Parameter network: that of the address, which is counted as well.
    mutating func failed(_ address: String, in network: String? = nil, now: Double) -> Answer {
        var own = failures(of: address, now)
        var others = network.map { failures(of: $0, now) }
        defer {
            addresses[address] = own
            if let network { addresses[network] = others }
            forget()
        }
        let wait = max(
            own.bucket.wait(for: 1, of: Self.limit, now: now),
            others?.bucket.wait(for: 1, of: Self.networkLimit, now: now) ?? 0)
        guard wait == 0 else { return .tooMuch(retryAfter: wait) }
        own.bucket.take(1, of: Self.limit, now: now)
        others?.bucket.take(1, of: Self.networkLimit, now: now)
        return .reason(after: max(0, own.bucket.used - Self.burst) * Self.interval)
    }

    private func failures(of name: String, _ now: Double) -> Failures {
        var failures = addresses[name] ?? Failures(bucket: TokenBucket(now: now), time: now)
        failures.time = now
        return failures
    }

    /// Seconds until an address may fail once more; 0 if it may now.
    func wait(_ address: String, now: Double) -> Double {
        guard var bucket = addresses[address]?.bucket else { return 0 }
        return bucket.wait(for: 1, of: Self.limit, now: now)
    }

    private mutating func forget() {
        guard addresses.count > Self.capacity else { return }
        let oldest = addresses.sorted { $0.value.time < $1.value.time }.prefix(Self.capacity / 10)
        for (address, _) in oldest { addresses[address] = nil }
    }
}
