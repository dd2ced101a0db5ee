import Synchronization
import TileCore

/// What a worker counts for as long as its process lives, in whichever clusters that is.
final class WorkerCounters: Sendable {
    struct Counts: Sendable {
        /// Records of `tasks` that it took to work on, those that are no tiles among them.
        var tilesTaken = 0
        var tilesDone = 0
        /// Records that were taken and are not done with.
        var inHand = 0
        /// Of pixels.
        var receivedBytes = 0
        var sentBytes = 0
        /// Processor time of transforms.
        var cpu = Duration.zero
        /// Times that the group gave this worker partitions, the first among them.
        var rebalances = 0
        var deadLetters = 0
        /// Times that clusters which it has left answered again after trouble.
        var formerReconnects = 0
        /// What clients complained of in clusters which it has left.
        var formerErrors: [KafkaErrorKind: Int] = [:]
    }

    private let counts = Mutex(Counts())

    var now: Counts { counts.withLock { $0 } }

    func countTaken() {
        counts.withLock { counts in
            counts.tilesTaken += 1
            counts.inHand += 1
        }
    }

    func countFinished() { counts.withLock { $0.inHand -= 1 } }

    func countTile(received: Int, sent: Int, cpu: Duration) {
        counts.withLock { counts in
            counts.tilesDone += 1
            counts.receivedBytes += received
            counts.sentBytes += sent
            counts.cpu += cpu
        }
    }

    func countRebalance() { counts.withLock { $0.rebalances += 1 } }
    func countDeadLetter() { counts.withLock { $0.deadLetters += 1 } }

    func keep(reconnects: Int, errors: [KafkaErrorKind: Int]) {
        counts.withLock { counts in
            counts.formerReconnects += reconnects
            counts.formerErrors.merge(errors, uniquingKeysWith: +)
        }
    }
}
