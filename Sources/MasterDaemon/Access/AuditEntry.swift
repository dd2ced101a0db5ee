import Foundation

/// A line of the audit log.
struct AuditEntry: Encodable, Sendable {
    /// What is written down. Reading is not, but for attempts that were refused.
    enum Action: String, Encodable, Sendable, CaseIterable {
        case submit = "job.submit"
        case cancel = "job.cancel"
        case retry = "job.retry"
        case delete = "job.delete"
        /// A finished job was removed by `--keep` or `--max-storage`.
        case expire = "job.expire"
        case preview = "preview.make"
        case drain = "worker.drain"
        /// An offline worker was taken off the list.
        case forgetWorker = "worker.forget"
        case createKey = "key.create"
        case revokeKey = "key.revoke"
        case rotateKey = "key.rotate"
        case logIn = "session.start"
        case logOut = "session.end"
        /// Another session than the one that asks for it.
        case endSession = "session.revoke"
        /// A request for which the rights were missing.
        case refuse = "request.refuse"
    }

    var time = Date()
    let action: Action
    let principal: String?
    var role: String?
    var from: String?
    /// Of a request.
    var method: String?
    /// Of a request, without the query, which may hold more than a log should.
    var path: String?
    var job: String?
    /// What else it was done to: a worker, a key.
    var object: String?
    /// What a new key may do.
    var grantedRole: String?
    /// Until when a key is good that was made or rotated.
    var expires: Date?
    /// What a request was answered.
    var status: Int?
    /// The id of the request.
    var request: String?
    /// Lines of the same principal, or of whoever nobody knows, that were left out before this one.
    var omitted: Int?

    /// Whether it is one of those of which anybody can cause any number.
    var isBounded = false

    enum CodingKeys: String, CodingKey {
        case time, action, principal, role, from, method, path, job, object, status, omitted, expires, request
        case grantedRole = "granted_role"
    }

    init(action: Action, principal: String?) {
        self.action = action
        self.principal = principal
    }

    /// What retention did.
    static func expiry(of job: String) -> AuditEntry {
        var entry = AuditEntry(action: .expire, principal: "master")
        entry.job = job
        return entry
    }
}
