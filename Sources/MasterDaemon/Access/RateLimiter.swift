import Synchronization

/// Counts what clients use, and refuses what is more than their limits.
final class RateLimiter: Sendable {
    let settings: RateLimitSettings
    private let table = Mutex(UseTable())
    private let now: @Sendable () -> Double

    /// - Parameter now: seconds of a clock that never goes back.
    init(settings: RateLimitSettings = RateLimitSettings(), now: @escaping @Sendable () -> Double = Uptime.seconds) {
        self.settings = settings
        self.now = now
    }

    /// A client of which only the address is known yet.
    func client(at address: String?, isOpen: Bool) -> ClientLimits {
        ClientLimits(
            limiter: self, limits: isOpen ? settings.open : settings.closed, address: address.map(AddressBlock.of))
    }

    func take(_ units: Double, at place: UseTable.Place, of limit: RateLimit) -> Double? {
        table.withLock { $0.take(units, at: place, of: limit, now: now()) }
    }

    func wait(for units: Double, at place: UseTable.Place, of limit: RateLimit) -> Double {
        table.withLock { $0.wait(for: units, at: place, of: limit, now: now()) }
    }

    func give(_ units: Double, at place: UseTable.Place) {
        table.withLock { $0.give(units, at: place) }
    }

    func state(at place: UseTable.Place, of limit: RateLimit) -> LimitState {
        table.withLock { $0.state(at: place, of: limit, now: now()) }
    }

    /// Buckets that are remembered.
    var count: Int { table.withLock { $0.count } }
}
