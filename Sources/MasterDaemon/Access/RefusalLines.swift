/// Limits the audit lines of refused requests for each principal, and for all unknown callers together. Pure; times are
/// given, in seconds.
struct RefusalLines: Sendable {
    /// 200 lines at once, and one a second over time.
    private static let limit = RateLimit(amount: 200, window: 200)
    /// Principals that are counted separately. Further ones share one count.
    private static let capacity = 10_000

    private struct Count {
        var bucket: TokenBucket
        var omitted = 0
    }

    private var counts: [String: Count] = [:]

    /// - Parameter principal: whose request it was; `nil` if unknown.
    /// - Returns: how many of the principal's lines were omitted since the last one; `nil` if this line is to be
    ///   omitted.
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

    /// The numbers of omitted lines that were not reported yet, by principal. Resets them.
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
