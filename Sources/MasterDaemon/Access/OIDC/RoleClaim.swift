import TileCore

/// The claim of a token that determines the role, and how its values map to roles.
struct RoleClaim: Sendable, Hashable {
    /// The claim's name, or its path with dots, as in `realm_access.roles`.
    var name = "tilework_role"
    /// Roles by values of the claim. If the map is empty, the values are the names of roles.
    var map: [String: Role] = [:]

    /// All roles, with ascending rights. If several values map to roles, the role with the most rights counts.
    private static let order: [Role] = [.worker, .viewer, .operator, .admin]

    /// - Returns: `nil` if the claim is missing, or no value of it maps to a role.
    func role(in claims: [String: JSONValue]) -> Role? {
        // Try the whole name first, because names of claims can contain dots, as in https://example.org/roles.
        guard let values = (claims[name] ?? value(at: name, in: claims))?.strings else { return nil }
        let roles = Set(values.compactMap { map.isEmpty ? Role(rawValue: $0) : map[$0] })
        return Self.order.last(where: roles.contains)
    }

    private func value(at path: String, in claims: [String: JSONValue]) -> JSONValue? {
        path.split(separator: ".").reduce(.object(claims)) { value, step in
            guard case .object(let fields)? = value else { return nil }
            return fields[String(step)]
        }
    }

    /// - Parameter pairs: such as `tilework-admins=admin`.
    static func map(_ pairs: [String]) throws(SettingsError) -> [String: Role] {
        var map: [String: Role] = [:]
        for pair in pairs {
            guard let sign = pair.lastIndex(of: "="), sign > pair.startIndex,
                let role = Role(text: String(pair[pair.index(after: sign)...]))
            else {
                throw SettingsError("--oidc-role-map '\(pair)' is not value=role; the roles are \(Role.names)")
            }
            map[String(pair[..<sign])] = role
        }
        return map
    }
}
