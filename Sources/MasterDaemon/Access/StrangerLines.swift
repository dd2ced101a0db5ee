/// Keeps the log from being filled by those whom nobody knows. Pure; times are given, in seconds.
struct StrangerLines: Sendable {
    /// So many lines at once, and one a second over time.
    private static let limit = RateLimit(amount: 200, window: 200)

    private var bucket = TokenBucket(now: 0)
    private var omitted = 0

    /// - Returns: how many lines were left out since the last one; `nil` if this one is left out as well.
    mutating func take(at now: Double) -> Int? {
        guard bucket.wait(for: 1, of: Self.limit, now: now) == 0 else {
            omitted += 1
            return nil
        }
        bucket.take(1, of: Self.limit, now: now)
        defer { omitted = 0 }
        return omitted
    }
}
