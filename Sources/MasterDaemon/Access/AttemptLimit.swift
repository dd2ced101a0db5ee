/// Slows down whoever tries keys that are wrong, by address. Pure; times are given.
///
/// An address may fail some times at once, and after that once in a while. Until then it is not even looked at what it
/// sends, so that nobody learns which key is right. A key that was right from an address before is looked at all the
/// same: others behind the same address cannot lock its holder out.
struct AttemptLimit: Sendable {
    /// How often an address may fail at once.
    static let burst = 10.0
    /// Seconds until it may fail once more.
    static let interval = 6.0
    /// Addresses that are remembered. The one that failed longest ago is forgotten first.
    static let capacity = 10_000

    private struct Failures {
        /// That it may still make.
        var left: Double
        var time: Double
        /// Hashes of secrets that were right from here.
        var known: Set<String> = []
    }

    private var addresses: [String: Failures] = [:]

    /// Addresses that are remembered.
    var count: Int { addresses.count }

    /// How many seconds an address has to wait before its next attempt; `nil` if it may make one now.
    /// - Parameter hash: of the secret that it sends.
    mutating func wait(_ address: String, _ hash: String, now: Double) -> Double? {
        guard var failures = addresses[address] else { return nil }
        Self.refill(&failures, now)
        addresses[address] = failures
        guard failures.left < 1, !failures.known.contains(hash) else { return nil }
        return (1 - failures.left) * Self.interval
    }

    mutating func failed(_ address: String, now: Double) {
        var failures = addresses[address] ?? Failures(left: Self.burst, time: now)
        Self.refill(&failures, now)
        failures.left = max(0, failures.left - 1)
        addresses[address] = failures
        forget()
    }

    mutating func succeeded(_ address: String, _ hash: String, now: Double) {
        // Without failures nothing is to be remembered.
        guard addresses[address] != nil else { return }
        addresses[address]?.known.insert(hash)
        if addresses[address]?.known.count ?? 0 > 100 { addresses[address]?.known = [hash] }
    }

    private static func refill(_ failures: inout Failures, _ now: Double) {
        failures.left = min(burst, failures.left + max(0, now - failures.time) / interval)
        failures.time = now
    }

    private mutating func forget() {
        guard addresses.count > Self.capacity else { return }
        let oldest = addresses.sorted { $0.value.time < $1.value.time }.prefix(Self.capacity / 10)
        for (address, _) in oldest { addresses[address] = nil }
    }
}
