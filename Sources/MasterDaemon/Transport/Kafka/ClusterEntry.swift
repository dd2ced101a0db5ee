import Synchronization

/// Whether the master has joined its cluster, and the reason if it has not.
final class ClusterEntry: Sendable {
    private struct State {
        var partitions: TilePartitions?
        var problem = "the master is joining the cluster"
    }

    private let state = Mutex(State())
    private let entered: AsyncStream<Never>
    private let hasEntered: AsyncStream<Never>.Continuation

    init() { (entered, hasEntered) = AsyncStream.makeStream() }

    /// The partitions of the topics of tiles when the master joined; `nil` until then.
    var partitions: TilePartitions? { state.withLock { $0.partitions } }

    /// Why the master has not joined the cluster; `nil` once it has.
    var problem: String? { state.withLock { $0.partitions == nil ? $0.problem : nil } }

    /// The master has joined the cluster.
    func enter(_ partitions: TilePartitions) {
        state.withLock { $0.partitions = partitions }
        hasEntered.finish()
    }

    /// An attempt has failed.
    /// - Returns: whether the reason has changed.
    func fail(_ reason: String) -> Bool {
        state.withLock { state in
            defer { state.problem = reason }
            return state.problem != reason
        }
    }

    /// Waits until the master has joined the cluster, or the task is cancelled. Only one task may wait.
    /// - Returns: the partitions when the master joined; `nil` if it has not.
    func wait() async -> TilePartitions? {
        for await _ in entered {}
        return partitions
    }
}
