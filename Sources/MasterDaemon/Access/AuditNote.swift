import Foundation
import Synchronization
import TileCore

/// What a route tells the audit log beyond what its address says.
final class AuditNote: Sendable {
    struct Facts: Sendable {
        /// Who it turned out to be, if the route itself finds out.
        var principal: Principal?
        /// The job that was made.
        var job: JobID?
        /// What else it was done to: a worker, a key.
        var object: String?
        /// What a new key may do.
        var grantedRole: Role?
        /// Until when a key is good that was made or rotated.
        var expires: Date?
    }

    private let value = Mutex(Facts())

    var facts: Facts { value.withLock { $0 } }

    func set(_ change: (inout Facts) -> Void) { value.withLock { change(&$0) } }
}
