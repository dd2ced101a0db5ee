import Foundation

/// Who asks, as the master sees it, and what is left of their limits.
struct MeView: Encodable, Sendable {
    struct Limit: Encodable, Sendable {
        let name: String
        let limit: Int
        /// Seconds in which the limit is allowed once; absent for what is counted while it lasts.
        let window: Int?
        let remaining: Int
        /// Seconds until all of it is there again.
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
    /// `open` if nobody has to say who they are, `key` or `token`.
    let kind: String
    let expiresAt: Date?
    /// Empty if nothing is limited.
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
