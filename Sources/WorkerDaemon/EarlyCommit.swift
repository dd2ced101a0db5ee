/// Decides how to commit a task's offset before the task is processed, so that a tile that crashes its worker is not
/// delivered to the next worker. Does no I/O.
///
/// A stored offset may be committed at any time: on request, in the background, or when the partition is revoked. Then
/// no other worker gets the task. So once the offset is stored, this worker answers the task, even if it has lost the
/// partition. A second answer does no harm; without an answer the tile waits until the master resends it.
enum EarlyCommit {
    enum Step: Sendable, Equatable {
        /// Commit the stored offsets, then call `next` with the outcome.
        case commit
        /// Commit again after a pause.
        case commitAgain
        /// Process the task and answer it.
        case process
        /// Drop the task: the partition's new owner gets it.
        case leave
    }

    /// - Parameter isStored: whether the offset was stored; false if the partition was revoked before.
    static func first(isStored: Bool) -> Step { isStored ? .commit : .leave }

    /// - Parameters:
    ///   - isCommitted: whether the cluster confirmed the commit.
    ///   - isAssigned: whether this worker still has the partition.
    ///   - isEnding: whether the worker has to end.
    static func next(isCommitted: Bool, isAssigned: Bool, isEnding: Bool) -> Step {
        isCommitted || !isAssigned || isEnding ? .process : .commitAgain
    }
}
