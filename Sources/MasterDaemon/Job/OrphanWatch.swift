import TileCore

/// Finds orphans: unfinished rows that the `JobMachine` does not know. A job may be accepted or finished while the rows
/// are read. So a row is an orphan only if it was unknown in two consecutive reads, and has not changed in between.
struct OrphanWatch: Sendable {
    private var suspects: [JobID: JobMachine.Row] = [:]

    /// - Parameters:
    ///   - unfinished: the rows that were read.
    ///   - isKnown: whether the `JobMachine` knows the job.
    mutating func orphans(in unfinished: [JobID: JobMachine.Row], isKnown: (JobID) -> Bool) -> [JobID] {
        let before = suspects
        suspects = unfinished.filter { !isKnown($0.key) }
        return suspects.filter { before[$0.key] == $0.value }.keys.sorted { $0.rawValue < $1.rawValue }
    }
}
