/// Keeps refusals from filling the log: those of whoever is not known, and those of each principal. Pure; times are given,
/// in seconds.
struct RefusalLines: Sendable {
    /// So many lines at once, and one a second over time.
    private static let limit = RateLimit(amount: 200, window: 200)
    /// Principals with a count of their own. Any further ones share one.
    private static let capacity = 10_000

    private struct Count {
        var bucket: TokenBucket
        var omitted = 0
    }

    private var counts: [String: Count] = [:]

    /// - Parameter principal: whose request it was; `nil` if nobody knows.
    /// - Returns: how many lines of theirs were left out since the last one; `nil` if this one is left out as well.
    mutating func take(of principal: String?, at now: Double) -> Int? {
        let name = name(principal)
        var count = counts[name] ?? Count(bucket: TokenBucket(now: now))
        defer { counts[name] = count }
        guard count.bucket.wait(for: 1, of: Self.limit, now: now) == 0 else {
            count.omitted += 1
            return nil
        }
        count.bucket.take(1, of: Self.limit, now: now)
        defer { count.omitted = 0 }
        return count.omitted
    }

    /// How many were left out that no line has told of yet, by their principals. They count as told from here on.
    mutating func rest() -> [(principal: String?, omitted: Int)] {
        let rest = counts.filter { $0.value.omitted > 0 }.sorted { $0.key < $1.key }
        for (name, _) in rest { counts[name]?.omitted = 0 }
        return rest.map { (principal: $0.key.isEmpty ? nil : $0.key, omitted: $0.value.omitted) }
    }

    private func name(_ principal: String?) -> String {
        guard let principal, counts[principal] == nil else { return principal ?? "" }
        return counts.count < Self.capacity ? principal : "(others)"
    }
}
