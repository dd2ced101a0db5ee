/// Decides about a task whose offset is committed before the task is processed, so that a tile that crashes its worker
/// does not come to the next one. Does no I/O.
///
/// A stored offset may be committed at any time: when the worker asks for it, in the background, or when the partition
/// is revoked. Nobody else gets the task then. So once the offset is stored, this worker answers the task, whoever has
/// the partition. A second answer does no harm; without any the tile waits until the master resends it.
enum EarlyCommit {
    enum Step: Sendable, Equatable {
        /// Commit what is stored, and ask again with the outcome.
        case commit
        /// The same, after a pause.
        case commitAgain
        /// Process the task and answer it.
        case process
        /// Drop the task: it comes again to whoever has the partition.
        case leave
    }

    /// - Parameter isStored: whether the offset was stored; false if the partition was revoked before.
    static func first(isStored: Bool) -> Step { isStored ? .commit : .leave }

    /// - Parameters:
    ///   - isCommitted: whether the cluster confirmed the commit.
    ///   - isAssigned: whether the partition is still this worker's.
    ///   - isEnding: whether the worker is to end.
    static func next(isCommitted: Bool, isAssigned: Bool, isEnding: Bool) -> Step {
        isCommitted || !isAssigned || isEnding ? .process : .commitAgain
    }
}
