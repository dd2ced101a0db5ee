import Foundation

/// A line of the audit log.
struct AuditEntry: Encodable, Sendable {
    /// The actions that are logged: changes, and requests that were refused. Reads that succeed are not logged.
    enum Action: String, Encodable, Sendable, CaseIterable {
        case submit = "job.submit"
        case cancel = "job.cancel"
        case retry = "job.retry"
        case delete = "job.delete"
        /// A finished job was removed by `--keep` or `--max-storage`.
        case expire = "job.expire"
        case preview = "preview.make"
        case drain = "worker.drain"
        /// An offline worker was removed from the list.
        case forgetWorker = "worker.forget"
        case createKey = "key.create"
        case revokeKey = "key.revoke"
        case rotateKey = "key.rotate"
        case logIn = "session.start"
        case logOut = "session.end"
        /// A session other than the caller's own was ended.
        case endSession = "session.revoke"
        /// A request was refused because the caller lacked the rights.
        case refuse = "request.refuse"
    }

    var time = Date()
    let action: Action
    let principal: String?
    var role: String?
    var from: String?
    /// The request's method.
    var method: String?
    /// The request's path, without the query, because a query may hold data that must not be logged.
    var path: String?
    var job: String?
    /// The object of the action, if it is not a job: a worker, a key.
    var object: String?
    /// The role of the key that was created.
    var grantedRole: String?
    /// When the key that was created or rotated expires.
    var expires: Date?
    /// The response's status.
    var status: Int?
    /// The request's id.
    var request: String?
    /// How many lines of the same principal, or of unknown callers, were omitted before this one.
    var omitted: Int?

    /// Whether lines of this kind are limited in number, because anybody can cause them.
    var isBounded = false

    enum CodingKeys: String, CodingKey {
        case time, action, principal, role, from, method, path, job, object, status, omitted, expires, request
        case grantedRole = "granted_role"
    }

    init(action: Action, principal: String?) {
        self.action = action
        self.principal = principal
    }

    /// The line for a job that retention removed.
    static func expiry(of job: String) -> AuditEntry {
        var entry = AuditEntry(action: .expire, principal: "master")
        entry.job = job
        return entry
    }
}
