/// How far a client has used up one of its limits.
struct LimitState: Sendable, Hashable {
    let name: String
    /// What the amounts count: `requests`, `content-bytes` or `concurrent-requests`.
    let unit: String
    let limit: Int
    /// Seconds in which the limit is allowed once; `nil` for what is counted while it lasts.
    let window: Int?
    let remaining: Int
    /// Seconds until all of it is there again; `nil` for what is counted while it lasts.
    let resetsIn: Double?

    func with(remaining: Int) -> LimitState {
        LimitState(name: name, unit: unit, limit: limit, window: window, remaining: remaining, resetsIn: resetsIn)
    }
}
