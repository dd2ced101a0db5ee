import Foundation

/// The caller, as the master sees it, with the state of its limits.
struct MeView: Encodable, Sendable {
    struct Limit: Encodable, Sendable {
        let name: String
        let limit: Int
        /// Seconds in which the limit is allowed once; absent for a limit on simultaneous use.
        let window: Int?
        let remaining: Int
        /// Seconds until the limit is unused.
        let resetsIn: Double?

        enum CodingKeys: String, CodingKey {
            case name, limit, remaining
            case window = "window_s"
            case resetsIn = "resets_in_s"
        }

        init(_ state: LimitState) {
            name = state.name
            limit = state.limit
            window = state.window
            remaining = state.remaining
            resetsIn = state.resetsIn.map { ($0 * 1000).rounded() / 1000 }
        }
    }

    let name: String
    let role: Role
    /// `key`, `token`, or `open` on an open master.
    let kind: String
    let expiresAt: Date?
    /// Empty if there are no limits.
    let limits: [Limit]

    enum CodingKeys: String, CodingKey {
        case name, role, kind, limits
        case expiresAt = "expires_at"
    }

    init(_ principal: Principal, _ ring: KeyRing, limits: [LimitState] = []) {
        name = principal.name
        role = principal.role
        kind = principal.kind.rawValue
        expiresAt = principal.kind == .key ? ring[principal.name]?.expiresAt : nil
        self.limits = limits.map(Limit.init)
    }
}
