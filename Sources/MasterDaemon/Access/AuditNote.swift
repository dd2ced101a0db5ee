import Foundation
import Synchronization
import TileCore

/// Facts that a route adds to the request's audit entry.
final class AuditNote: Sendable {
    struct Facts: Sendable {
        /// The caller, if only the route finds out who it is.
        var principal: Principal?
        /// The job that was created.
        var job: JobID?
        /// The object of the action, if it is not a job: a worker, a key.
        var object: String?
        /// The role of the key that was created.
        var grantedRole: Role?
        /// When the key that was created or rotated expires.
        var expires: Date?
    }

    private let value = Mutex(Facts())

    var facts: Facts { value.withLock { $0 } }

    func set(_ change: (inout Facts) -> Void) { value.withLock { change(&$0) } }
}
