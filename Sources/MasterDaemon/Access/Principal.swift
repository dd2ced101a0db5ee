/// The user or program that makes a request.
struct Principal: Sendable, Hashable {
    enum Kind: String, Sendable {
        /// Anybody on an open master, which has no keys.
        case open
        case key
        /// The holder of a token of the OpenID issuer.
        case token
    }

    let kind: Kind
    /// The key's name, or `oidc:` and the issuer's subject. Jobs and the audit log refer to it.
    let name: String
    let role: Role

    /// Any user of an open master.
    static let anybody = Principal(kind: .open, name: "anybody", role: .admin)

    /// The owner of new jobs; `nil` on an open master.
    var owner: String? { kind == .open ? nil : name }
}
