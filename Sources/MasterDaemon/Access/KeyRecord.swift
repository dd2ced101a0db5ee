import Foundation

/// What is stored of a key. Its secrets are stored as hashes only.
struct KeyRecord: Codable, Sendable, Hashable {
    /// A valid secret of the key. A key has two while it is rotated.
    struct Secret: Codable, Sendable, Hashable {
        /// See `APIKey.hash`.
        let sha256: String
        var createdAt: Date
        /// `nil` if it is valid as long as the key.
        var expiresAt: Date?

        enum CodingKeys: String, CodingKey {
            case sha256
            case createdAt = "created_at"
            case expiresAt = "expires_at"
        }
    }

    enum State: String, Codable, Sendable {
        case active, expired, revoked
    }

    /// Unique among all keys, revoked ones included, because jobs refer to their owner by name.
    let name: String
    let role: Role
    let createdAt: Date
    var expiresAt: Date?
    var revokedAt: Date?
    /// Updated at most once a minute.
    var lastUsedAt: Date?
    /// Oldest first.
    var secrets: [Secret]

    enum CodingKeys: String, CodingKey {
        case name, role, secrets
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case revokedAt = "revoked_at"
        case lastUsedAt = "last_used_at"
    }

    func state(at now: Date) -> State {
        if revokedAt != nil { return .revoked }
        return expiresAt.map { $0 <= now } ?? false ? .expired : .active
    }

    /// Whether the key has a valid secret with this hash.
    func accepts(_ hash: String, at now: Date) -> Bool {
        state(at: now) == .active
            && secrets.contains { $0.sha256 == hash && $0.expiresAt.map { $0 > now } ?? true }
    }
}
