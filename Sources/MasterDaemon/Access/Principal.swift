/// On whose behalf a request is made.
struct Principal: Sendable, Hashable {
    enum Kind: String, Sendable {
        /// Nobody has to say who they are: the master has no keys and listens on this machine alone.
        case open
        case key
        /// A token of the OpenID issuer.
        case token
    }

    let kind: Kind
    /// Of a key, or `oidc:` and the issuer's subject. It is a job's owner, and stands in the audit log.
    let name: String
    let role: Role

    /// Whoever asks a master that is open.
    static let anybody = Principal(kind: .open, name: "anybody", role: .admin)

    /// What a new job has as its owner; `nil` if nobody says who they are.
    var owner: String? { kind == .open ? nil : name }
}
