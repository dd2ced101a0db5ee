import HTTPTypes
import Hummingbird

/// The header fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11): lists of strings
/// with parameters (RFC 9651).
enum RateLimitFields {
    /// The limits: `q` units of the kind `qu` in `w` seconds.
    static func policy(_ limits: [LimitState]) -> String {
        limits.map { limit in
            "\"\(limit.name)\";q=\(limit.limit)" + (limit.unit == "requests" ? "" : ";qu=\"\(limit.unit)\"")
                + (limit.window.map { ";w=\($0)" } ?? "")
        }.joined(separator: ", ")
    }

    /// The remaining units: at most `r` within `t` seconds.
    /// - Parameter retryAfter: the answer's `Retry-After` in seconds, which is then also `t`.
    static func left(_ limits: [LimitState], retryAfter: Double? = nil) -> String {
        limits.map { limit in
            "\"\(limit.name)\";r=\(limit.remaining)"
                + (seconds(limit, retryAfter).map { ";t=\(max(1, Int($0.rounded(.up))))" } ?? "")
        }.joined(separator: ", ")
    }

    /// The time over which the remaining units have to be spread. A client that spreads them is never refused, and can
    /// go on at that rate.
    private static func seconds(_ limit: LimitState, _ retryAfter: Double?) -> Double? {
        if let retryAfter { return retryAfter }
        guard let window = limit.window, let resetsIn = limit.resetsIn else { return nil }
        let pace = Double(window) / Double(limit.limit)
        // None left: the time until one is available.
        guard limit.remaining > 0 else { return resetsIn - Double(limit.limit - 1) * pace }
        return Double(limit.remaining) * pace
    }
}

extension HTTPField.Name {
    static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy").unwrapped
    static let rateLimit = HTTPField.Name("RateLimit").unwrapped
}

extension Response {
    /// Adds the client's limits to the answer. Redirects get none, because clients must not wait before following them.
    mutating func add(limits: [LimitState], retryAfter: Double? = nil) {
        guard !limits.isEmpty, status.kind != .redirection else { return }
        headers[.rateLimitPolicy] = RateLimitFields.policy(limits)
        headers[.rateLimit] = RateLimitFields.left(limits, retryAfter: retryAfter)
    }
}
