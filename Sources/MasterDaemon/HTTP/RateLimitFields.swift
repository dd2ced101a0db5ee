import HTTPTypes
import Hummingbird

/// Limits as the header fields `RateLimit-Policy` and `RateLimit` tell them (draft-ietf-httpapi-ratelimit-headers-11):
/// lists of strings with parameters (RFC 9651).
enum RateLimitFields {
    /// What is allowed: `q` units, of the kind `qu`, in `w` seconds.
    static func policy(_ limits: [LimitState]) -> String {
        limits.map { limit in
            "\"\(limit.name)\";q=\(limit.limit)" + (limit.unit == "requests" ? "" : ";qu=\"\(limit.unit)\"")
                + (limit.window.map { ";w=\($0)" } ?? "")
        }.joined(separator: ", ")
    }

    /// What is left: no more than `r` units within `t` seconds.
    /// - Parameter retryAfter: seconds that the same answer asks to wait; `t` is not longer.
    static func left(_ limits: [LimitState], retryAfter: Double? = nil) -> String {
        limits.map { limit in
            "\"\(limit.name)\";r=\(limit.remaining)"
                + (seconds(limit, retryAfter).map { ";t=\(max(1, Int($0.rounded(.up))))" } ?? "")
        }.joined(separator: ", ")
    }

    /// Whoever uses `remaining` evenly within this time is never refused, and may go on at the same pace.
    private static func seconds(_ limit: LimitState, _ retryAfter: Double?) -> Double? {
        if let retryAfter { return retryAfter }
        guard let window = limit.window, let resetsIn = limit.resetsIn else { return nil }
        let pace = Double(window) / Double(limit.limit)
        // None left: until there is one again.
        guard limit.remaining > 0 else { return resetsIn - Double(limit.limit - 1) * pace }
        return Double(limit.remaining) * pace
    }
}

extension HTTPField.Name {
    static let rateLimitPolicy = HTTPField.Name("RateLimit-Policy").unwrapped
    static let rateLimit = HTTPField.Name("RateLimit").unwrapped
}

extension Response {
    /// Tells the client of its limits. Nobody is to wait before following a redirect, so those say nothing.
    mutating func add(limits: [LimitState], retryAfter: Double? = nil) {
        guard !limits.isEmpty, status.kind != .redirection else { return }
        headers[.rateLimitPolicy] = RateLimitFields.policy(limits)
        headers[.rateLimit] = RateLimitFields.left(limits, retryAfter: retryAfter)
    }
}
