import Foundation
import TileCore

/// The keys of a data directory, changed by somebody at the command line. Each change stands in the audit log in the same
/// folder before it is made, whether a master runs or not.
struct KeyChanges {
    let store: KeyStore
    let auditLog: String
    /// Of the system.
    let user: String

    /// - Parameters:
    ///   - name: of the key.
    ///   - role: what a new key may do.
    ///   - expires: its new end.
    func change<Result>(
        _ action: AuditEntry.Action, _ name: String, role: Role? = nil, expires: Date? = nil,
        _ body: (inout KeyRing) throws -> Result
    ) throws -> Result {
        try store.update(body) { _ in
            // No key can have this name, and no user of an issuer.
            var entry = AuditEntry(action: action, principal: "system:\(user)")
            entry.from = "command line"
            entry.object = name
            entry.grantedRole = role?.rawValue
            entry.expires = expires
            try AuditLog.append(entry, to: auditLog)
        }
    }
}
