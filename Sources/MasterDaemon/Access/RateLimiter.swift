import Synchronization

/// Counts what clients use, and refuses what exceeds their limits.
final class RateLimiter: Sendable {
    let settings: RateLimitSettings
    private let table = Mutex(UseTable())
    private let now: @Sendable () -> Double

    /// - Parameter now: seconds of a monotonic clock.
    init(settings: RateLimitSettings = RateLimitSettings(), now: @escaping @Sendable () -> Double = Uptime.seconds) {
        self.settings = settings
        self.now = now
    }

    /// The limits of a client whose key is not known yet.
    func client(at address: String?, isOpen: Bool) -> ClientLimits {
        ClientLimits(
            limiter: self, limits: isOpen ? settings.open : settings.closed, address: address.map(AddressBlock.of))
    }

    func take(_ units: Double, at id: UseTable.BucketID, of limit: RateLimit) -> Double? {
        table.withLock { $0.take(units, at: id, of: limit, now: now()) }
    }

    func wait(for units: Double, at id: UseTable.BucketID, of limit: RateLimit) -> Double {
        table.withLock { $0.wait(for: units, at: id, of: limit, now: now()) }
    }

    func give(_ units: Double, at id: UseTable.BucketID) {
        table.withLock { $0.give(units, at: id) }
    }

    func state(at id: UseTable.BucketID, of limit: RateLimit) -> LimitState {
        table.withLock { $0.state(at: id, of: limit, now: now()) }
    }

    /// How many buckets are remembered.
    var count: Int { table.withLock { $0.count } }
}
