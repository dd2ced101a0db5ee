/// When the issuer's keys are fetched. Pure; times are given, in seconds.
struct FetchPlan: Sendable {
    /// How long keys are good at least and at most, whatever the issuer says.
    static let shortest = 300.0
    static let longest = 86400.0
    /// For how long they are good if the issuer does not say.
    static let usual = 3600.0
    /// The least time between two attempts. Tokens that are signed by nobody cannot have the issuer asked more often.
    static let pause = 30.0
    /// The same before anything was fetched: the issuer may just be starting.
    static let firstPause = 5.0

    /// The longest time after the last fetch that has succeeded for which keys are believed. A key that the issuer has
    /// withdrawn is good no longer, whoever keeps the master from the issuer.
    static let stalest = 86400.0

    /// `nil` before anything was fetched.
    private var goodUntil: Double?
    private var lastSuccess: Double?
    private var lastAttempt: Double?

    /// Whether there is reason to fetch.
    /// - Parameter isEnough: whether a key that is known did.
    func isWanted(isEnough: Bool, now: Double) -> Bool {
        guard let goodUntil else { return true }
        return !isEnough || now >= goodUntil
    }

    /// Whether the last attempt was long enough ago.
    func isAllowed(now: Double) -> Bool {
        guard let lastAttempt else { return true }
        return now >= lastAttempt + (goodUntil == nil ? Self.firstPause : Self.pause)
    }

    /// Whether what was fetched is too old to be believed.
    func isStale(now: Double) -> Bool {
        guard let lastSuccess else { return true }
        return now >= lastSuccess + Self.stalest
    }

    mutating func begin(now: Double) { lastAttempt = now }

    /// - Parameter seconds: for which the issuer says that its keys are good.
    mutating func fetched(goodFor seconds: Double?, now: Double) {
        lastSuccess = now
        goodUntil = now + min(max(seconds ?? Self.usual, Self.shortest), Self.longest)
    }

    /// Reads `max-age` of a `Cache-Control` header (RFC 9111, 5.2).
    /// - Returns: 0 if the answer is not to be kept; `nil` if nothing is said.
    static func maximumAge(_ header: String?) -> Double? {
        guard let header else { return nil }
        let words = header.lowercased().split(separator: ",").map { $0.filter { $0 != " " && $0 != "\"" } }
        if words.contains("no-store") || words.contains("no-cache") { return 0 }
        return words.lazy.filter { $0.hasPrefix("max-age=") }.compactMap { Int($0.dropFirst(8)) }.first
            .map { max(0, Double($0)) }
    }
}
