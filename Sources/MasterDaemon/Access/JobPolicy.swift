/// Which jobs a principal may see and delete.
struct JobPolicy: Sendable {
    /// Whether viewers and operators see only their own jobs.
    var isPrivate = false

    func maySee(jobOf owner: String?, _ principal: Principal) -> Bool {
        !isPrivate || principal.role == .admin || (owner != nil && owner == principal.owner)
    }

    /// Operators may delete their own jobs. Only an admin may delete other jobs, and jobs without an owner.
    func mayDelete(jobOf owner: String?, _ principal: Principal) -> Bool {
        principal.role == .admin || (owner != nil && owner == principal.owner)
    }

    /// The owner to whose jobs a principal is restricted; `nil` for all jobs.
    func onlyOwner(for principal: Principal) -> String? {
        isPrivate && principal.role != .admin ? principal.owner ?? "" : nil
    }
}
