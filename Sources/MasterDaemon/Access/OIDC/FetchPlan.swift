/// When the issuer's keys are fetched. Pure; times are given, in seconds.
struct FetchPlan: Sendable {
    /// Bounds of the time for which keys are cached, whatever the issuer says.
    static let shortest = 300.0
    static let longest = 86400.0
    /// How long keys are cached if the issuer does not say.
    static let usual = 3600.0
    /// The least time between two fetches, so that forged tokens cannot cause more requests to the issuer.
    static let pause = 30.0
    /// The least time between two fetches before the first success, because the issuer may just be starting.
    static let firstPause = 5.0

    /// How long keys stay valid without a successful fetch. The limit makes a withdrawn key useless even if an attacker
    /// cuts the master off from the issuer.
    static let stalest = 86400.0

    /// Until when the cached keys need no fetch; `nil` before the first success.
    private var goodUntil: Double?
    private var lastSuccess: Double?
    private var lastAttempt: Double?

    /// Whether a fetch would be useful.
    /// - Parameter isEnough: whether the known keys were sufficient.
    func isWanted(isEnough: Bool, now: Double) -> Bool {
        guard let goodUntil else { return true }
        return !isEnough || now >= goodUntil
    }

    /// Whether enough time has passed since the last attempt.
    func isAllowed(now: Double) -> Bool {
        guard let lastAttempt else { return true }
        return now >= lastAttempt + (goodUntil == nil ? Self.firstPause : Self.pause)
    }

    /// Whether the keys are too old to be used.
    func isStale(now: Double) -> Bool {
        guard let lastSuccess else { return true }
        return now >= lastSuccess + Self.stalest
    }

    mutating func begin(now: Double) { lastAttempt = now }

    /// - Parameter seconds: how long the issuer says that its keys are valid.
    mutating func fetched(goodFor seconds: Double?, now: Double) {
        lastSuccess = now
        goodUntil = now + min(max(seconds ?? Self.usual, Self.shortest), Self.longest)
    }

    /// Parses `max-age` of a `Cache-Control` header (RFC 9111, 5.2).
    /// - Returns: 0 if the answer must not be cached; `nil` if the header does not say.
    static func maximumAge(_ header: String?) -> Double? {
        guard let header else { return nil }
        let words = header.lowercased().split(separator: ",").map { $0.filter { $0 != " " && $0 != "\"" } }
        if words.contains("no-store") || words.contains("no-cache") { return 0 }
        return words.lazy.filter { $0.hasPrefix("max-age=") }.compactMap { Int($0.dropFirst(8)) }.first
            .map { max(0, Double($0)) }
    }
}
