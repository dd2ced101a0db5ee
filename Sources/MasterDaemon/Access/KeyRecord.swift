import Foundation

/// What the master knows of a key. The secrets themselves are not in it.
struct KeyRecord: Codable, Sendable, Hashable {
    /// One that opens the key, until it expires: while a key is rotated it has two.
    struct Secret: Codable, Sendable, Hashable {
        /// See `APIKey.hash`.
        let sha256: String
        var createdAt: Date
        /// `nil` for one that lasts as long as its key.
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

    /// Unique among all keys, revoked ones included: jobs have it as their owner.
    let name: String
    let role: Role
    let createdAt: Date
    var expiresAt: Date?
    var revokedAt: Date?
    /// To the minute.
    var lastUsedAt: Date?
    /// The newest last.
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

    /// Whether a secret of it with this hash is to be believed.
    func accepts(_ hash: String, at now: Date) -> Bool {
        state(at: now) == .active
            && secrets.contains { $0.sha256 == hash && $0.expiresAt.map { $0 > now } ?? true }
    }
}
