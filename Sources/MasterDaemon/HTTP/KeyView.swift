import Foundation

/// A key in the form of the API and `master-main keys`.
struct KeyView: Encodable, Sendable {
    let name: String
    let role: Role
    let state: KeyRecord.State
    let createdAt: Date
    let expiresAt: Date?
    let revokedAt: Date?
    /// Updated at most once a minute.
    let lastUsedAt: Date?
    /// The secret; `nil` except in the answer to its creation.
    let key: String?

    enum CodingKeys: String, CodingKey {
        case name, role, state, key
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case revokedAt = "revoked_at"
        case lastUsedAt = "last_used_at"
    }

    init(_ record: KeyRecord, at now: Date, secret: String? = nil) {
        name = record.name
        role = record.role
        state = record.state(at: now)
        createdAt = record.createdAt
        expiresAt = record.expiresAt
        revokedAt = record.revokedAt
        lastUsedAt = record.lastUsedAt
        key = secret
    }
}

struct KeyList: Encodable, Sendable {
    let keys: [KeyView]
}
