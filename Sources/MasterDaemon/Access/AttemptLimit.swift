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

    private struct Failures {
        /// That it may still make; below zero, answers wait.
        var left: Double
        var time: Double
    }

    private var addresses: [String: Failures] = [:]

    /// Addresses that are remembered.
    var count: Int { addresses.count }

    mutating func failed(_ address: String, now: Double) -> Answer {
        var failures = addresses[address] ?? Failures(left: Self.burst, time: now)
        failures.left = min(Self.burst, failures.left + max(0, now - failures.time) / Self.interval)
        failures.time = now
        defer {
            addresses[address] = failures
            forget()
        }
        guard failures.left >= 1 - Self.mostWaiting else {
            return .tooMuch(retryAfter: (1 - Self.mostWaiting - failures.left) * Self.interval)
        }
        failures.left -= 1
        return .reason(after: max(0, -failures.left) * Self.interval)
    }

    private mutating func forget() {
        guard addresses.count > Self.capacity else { return }
        let oldest = addresses.sorted { $0.value.time < $1.value.time }.prefix(Self.capacity / 10)
        for (address, _) in oldest { addresses[address] = nil }
    }
}
