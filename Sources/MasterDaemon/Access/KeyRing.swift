import Foundation

/// All keys, as stored in `keys.json`. Pure; `KeyStore` reads and writes it.
struct KeyRing: Codable, Sendable, Hashable {
    /// The version of the file's format.
    var version = 1
    /// In the order of creation.
    var keys: [KeyRecord] = []

    static let longestName = 64
    /// Default number of seconds that the old secret of a rotated key stays valid.
    static let overlap = 24.0 * 3600

    subscript(name: String) -> KeyRecord? { keys.first { $0.name == name } }

    /// Adds a key.
    /// - Returns: its secret, which is not stored.
    /// - Throws: `ServiceError` if the name is not valid or is taken, or the expiry is in the past.
    mutating func create(
        _ name: String, role: Role, expiresAt: Date?, now: Date
    ) throws(ServiceError) -> APIKey {
        guard Self.isName(name) else {
            throw ServiceError(
                .badRequest, field: "name",
                "the name is '\(name.prefix(80))'; it takes 1 to \(Self.longestName) letters, digits, '.', '_' and '-', and "
                    + "begins with a letter or digit")
        }
        if let taken = self[name] {
            throw ServiceError(
                .wrongState,
                "there is a key '\(name)' already, which is \(taken.state(at: now).rawValue); choose another name, "
                    + "because jobs refer to their owner by name")
        }
        try Self.checkEnd(expiresAt, now)
        let secret = APIKey()
        keys.append(
            KeyRecord(
                name: name, role: role, createdAt: now, expiresAt: expiresAt,
                secrets: [KeyRecord.Secret(sha256: secret.hash, createdAt: now)]))
        return secret
    }

    /// Revokes a key for good.
    mutating func revoke(_ name: String, now: Date) throws(ServiceError) {
        let index = try index(of: name)
        guard keys[index].revokedAt == nil else {
            throw ServiceError(.wrongState, "the key '\(name)' is revoked already")
        }
        keys[index].revokedAt = now
    }

    /// Gives a key a new secret, and optionally a new expiry. With a new expiry, an expired key is valid again and
    /// still owns its jobs.
    /// - Parameters:
    ///   - overlap: seconds for which old secrets stay valid.
    ///   - expiresAt: the key's new expiry; `nil` to keep the present one.
    mutating func rotate(
        _ name: String, overlap: Double, expiresAt: Date? = nil, now: Date
    ) throws(ServiceError) -> APIKey {
        let index = try index(of: name)
        let key = keys[index]
        guard key.revokedAt == nil else {
            throw ServiceError(.wrongState, "the key '\(name)' is revoked; create another one")
        }
        try Self.checkEnd(expiresAt, now)
        guard key.state(at: now) == .active || expiresAt != nil else {
            throw ServiceError(
                .wrongState,
                "the key '\(name)' has expired; give it a new lifetime: --expires 90d, or 'expires' in the API"
            )
        }
        // A rotation only ever shortens the life of old secrets: neither their own expiry nor that of the key is
        // extended.
        let end = [now.addingTimeInterval(overlap), key.expiresAt].compactMap(\.self).min() ?? now
        let secret = APIKey()
        for number in keys[index].secrets.indices {
            keys[index].secrets[number].expiresAt = min(keys[index].secrets[number].expiresAt ?? end, end)
        }
        keys[index].secrets.removeAll { $0.expiresAt.map { $0 <= now } ?? false }
        if let expiresAt { keys[index].expiresAt = expiresAt }
        keys[index].secrets.append(KeyRecord.Secret(sha256: secret.hash, createdAt: now))
        return secret
    }

    private static func checkEnd(_ expiresAt: Date?, _ now: Date) throws(ServiceError) {
        guard let expiresAt, expiresAt <= now else { return }
        throw ServiceError(.badRequest, field: "expires", "the key would have expired before its first use")
    }

    private func index(of name: String) throws(ServiceError) -> Int {
        guard let index = keys.firstIndex(where: { $0.name == name }) else {
            throw ServiceError(.notFound, "there is no key '\(name.prefix(Self.longestName))'")
        }
        return index
    }

    static func isName(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        guard (1...longestName).contains(text.utf8.count), let first = text.utf8.first, isAlphanumeric(first) else {
            return false
        }
        return text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
    }
}
