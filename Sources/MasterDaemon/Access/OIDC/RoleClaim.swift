import TileCore

/// Which claim of a token says what its holder may do, and how.
struct RoleClaim: Sendable, Hashable {
    /// The name of a claim, or the way to it with dots between, as in `realm_access.roles`.
    var name = "tilework_role"
    /// Roles by values of the claim. If it is empty, the values are the roles' own names.
    var map: [String: Role] = [:]

    /// If several values stand for roles, the one that may do most counts; a worker's is the least.
    private static let order: [Role] = [.worker, .viewer, .operator, .admin]

    /// - Returns: `nil` if the claim is not there or none of its values is a role.
    func role(in claims: [String: JSONValue]) -> Role? {
        // Names of claims can have dots themselves, as in https://example.org/roles.
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

    /// - Parameter pairs: as in `tilework-admins=admin`.
    static func map(_ pairs: [String]) throws(SettingsError) -> [String: Role] {
        var map: [String: Role] = [:]
        for pair in pairs {
            guard let sign = pair.lastIndex(of: "="), sign > pair.startIndex,
                let role = Role(text: String(pair[pair.index(after: sign)...]))
            else {
                throw SettingsError("--oidc-role-map '\(pair)' is no value=role; there are the roles \(Role.names)")
            }
            map[String(pair[..<sign])] = role
        }
        return map
    }
}
