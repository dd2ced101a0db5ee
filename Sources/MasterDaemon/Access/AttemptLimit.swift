/// Slows down addresses that send wrong keys. Pure; times are given.
///
/// An address may fail a few times at once. After that its answers are delayed, and attempts beyond a limit are
/// refused. Valid keys are never delayed, so nobody can lock out other users of the same address by sending wrong keys.
/// A guesser gains nothing from this, because a key has 256 random bits.
struct AttemptLimit: Sendable {
    /// How many times an address may fail at once.
    static let burst = 10.0
    /// Seconds after which the address may fail once more.
    static let interval = 1.0
    /// The limit of the whole IPv6 network (`AddressBlock.network`), as a multiple of the limit of one address.
    static let networkFactor = 8
    /// How many answers to one address may be delayed at the same time.
    static let mostWaiting = 5.0
    /// How many addresses are remembered. Those whose last failures are oldest are forgotten first.
    static let capacity = 10_000

    /// How a failed attempt is answered.
    enum Answer: Equatable {
        /// With the reason, after this many seconds.
        case reason(after: Double)
        /// With "too many requests"; an attempt is possible again after this many seconds.
        case tooMuch(retryAfter: Double)
    }

    /// How many failures one address may have at once, those with delayed answers included.
    private static let limit = RateLimit(
        amount: Int(burst + mostWaiting), window: Int((burst + mostWaiting) * interval))
    private static let networkLimit = RateLimit(amount: limit.amount * networkFactor, window: limit.window)

    private struct Failures {
        var bucket: TokenBucket
        var time: Double
    }

    private var addresses: [String: Failures] = [:]

    /// How many addresses are remembered.
    var count: Int { addresses.count }

    /// - Parameter network: the network of the address, which has a limit too.
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
