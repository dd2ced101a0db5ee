import Foundation
import TileCore

/// Changes the keys of a data directory from the command line. Each change is written to the folder's audit log before
/// it is made, whether a master runs or not.
struct KeyChanges {
    let store: KeyStore
    let auditLog: String
    /// The name of the system user who runs the command.
    let user: String

    /// - Parameters:
    ///   - name: the name of the key.
    ///   - role: the role of a new key.
    ///   - expires: the key's new expiry time.
    func change<Result>(
        _ action: AuditEntry.Action, _ name: String, role: Role? = nil, expires: Date? = nil,
        _ body: (inout KeyRing) throws -> Result
    ) throws -> Result {
        try store.update(body) { _ in
            // No key and no user of an issuer can have such a name.
            var entry = AuditEntry(action: action, principal: "system:\(user)")
            entry.from = "command line"
            entry.object = name
            entry.grantedRole = role?.rawValue
            entry.expires = expires
            try AuditLog.append(entry, to: auditLog)
        }
    }
}
