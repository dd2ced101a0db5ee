/// Whose jobs a principal may see and change.
struct JobPolicy: Sendable {
    /// Viewers and operators see their own jobs only.
    var isPrivate = false

    func maySee(jobOf owner: String?, _ principal: Principal) -> Bool {
        !isPrivate || principal.role == .admin || (owner != nil && owner == principal.owner)
    }

    /// An operator's own jobs are theirs to delete; those of others, and those of nobody, are an admin's.
    func mayDelete(jobOf owner: String?, _ principal: Principal) -> Bool {
        principal.role == .admin || (owner != nil && owner == principal.owner)
    }

    /// The one owner whose jobs a principal sees; `nil` for all jobs.
    func onlyOwner(for principal: Principal) -> String? {
        isPrivate && principal.role != .admin ? principal.owner ?? "" : nil
    }
}
