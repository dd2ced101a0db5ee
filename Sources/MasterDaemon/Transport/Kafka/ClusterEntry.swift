import Synchronization

/// Whether the master is in its cluster, and if not, why.
final class ClusterEntry: Sendable {
    private struct State {
        var partitions: TilePartitions?
        var trouble = "the master joins the cluster"
    }

    private let state = Mutex(State())
    private let entered: AsyncStream<Never>
    private let hasEntered: AsyncStream<Never>.Continuation

    init() { (entered, hasEntered) = AsyncStream.makeStream() }

    /// What the topics of tiles had at the entry; `nil` before it.
    var partitions: TilePartitions? { state.withLock { $0.partitions } }

    /// Why the master is not in the cluster; `nil` once it is.
    var trouble: String? { state.withLock { $0.partitions == nil ? $0.trouble : nil } }

    /// The master is in the cluster from now on.
    func enter(_ partitions: TilePartitions) {
        state.withLock { $0.partitions = partitions }
        hasEntered.finish()
    }

    /// An attempt has failed.
    /// - Returns: whether the reason is another one than before.
    func fail(_ reason: String) -> Bool {
        state.withLock { state in
            defer { state.trouble = reason }
            return state.trouble != reason
        }
    }

    /// Returns once the master is in the cluster, or the task is cancelled. One task may wait.
    /// - Returns: what the topics had at the entry; `nil` if there was none.
    func wait() async -> TilePartitions? {
        for await _ in entered {}
        return partitions
    }
}
