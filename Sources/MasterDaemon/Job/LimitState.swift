/// A client's use of one of its limits.
struct LimitState: Sendable, Hashable {
    let name: String
    /// The unit of the amounts: `requests`, `content-bytes` or `concurrent-requests`.
    let unit: String
    let limit: Int
    /// The period of the limit in seconds; `nil` for a limit of simultaneous uses.
    let window: Int?
    let remaining: Int
    /// Seconds until the whole limit is available again; `nil` for a limit of simultaneous uses.
    let resetsIn: Double?

    func with(remaining: Int) -> LimitState {
        LimitState(name: name, unit: unit, limit: limit, window: window, remaining: remaining, resetsIn: resetsIn)
    }
}
