import TileCore

/// Tells unfinished rows that have no owner from those that only seem so: a job may be accepted or finished while the rows
/// are read. A row that has none in two readings, one after the other, and has not changed in between, is an orphan.
struct OrphanWatch: Sendable {
    private var suspects: [JobID: JobMachine.Row] = [:]

    /// - Parameters:
    ///   - unfinished: the rows that were read.
    ///   - hasOwner: whether somebody has to do with the job now.
    mutating func orphans(in unfinished: [JobID: JobMachine.Row], hasOwner: (JobID) -> Bool) -> [JobID] {
        let before = suspects
        suspects = unfinished.filter { !hasOwner($0.key) }
        return suspects.filter { before[$0.key] == $0.value }.keys.sorted { $0.rawValue < $1.rawValue }
    }
}
