import Synchronization

/// What a worker counts for as long as its process lives, in whichever clusters that is.
final class WorkerCounters: Sendable {
    struct Counts: Sendable {
        /// Records of `tasks` that it took to work on, those that are no tiles among them.
        var tilesTaken = 0
        var tilesDone = 0
        /// Times that the group gave this worker partitions, the first among them.
        var rebalances = 0
        var deadLetters = 0
        /// Times that clusters which it has left answered again after trouble.
        var formerReconnects = 0
    }

    private let counts = Mutex(Counts())

    var now: Counts { counts.withLock { $0 } }

    func countTaken() { counts.withLock { $0.tilesTaken += 1 } }
    func countTile() { counts.withLock { $0.tilesDone += 1 } }
    func countRebalance() { counts.withLock { $0.rebalances += 1 } }
    func countDeadLetter() { counts.withLock { $0.deadLetters += 1 } }
    func keep(reconnects: Int) { counts.withLock { $0.formerReconnects += reconnects } }
}
