import TileCore

/// Finds unfinished rows without an owner. A job may be accepted or finished while the rows are read. So a row is an orphan
/// only if it has no owner in two consecutive reads, and has not changed in between.
struct OrphanWatch: Sendable {
    private var suspects: [JobID: JobMachine.Row] = [:]

    /// - Parameters:
    ///   - unfinished: the rows that were read.
    ///   - hasOwner: whether the `JobMachine` knows the job.
    mutating func orphans(in unfinished: [JobID: JobMachine.Row], hasOwner: (JobID) -> Bool) -> [JobID] {
        let before = suspects
        suspects = unfinished.filter { !hasOwner($0.key) }
        return suspects.filter { before[$0.key] == $0.value }.keys.sorted { $0.rawValue < $1.rawValue }
    }
}
