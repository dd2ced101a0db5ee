import Synchronization
import TileCore

/// A worker's counters since the start of its process, over all clusters that it joined.
final class WorkerCounters: Sendable {
    struct Counts: Sendable {
        /// Records of `tasks` that were taken, including malformed ones.
        var recordsTaken = 0
        var tilesDone = 0
        /// Records that were taken and are not finished.
        var unfinished = 0
        /// Bytes of pixels.
        var receivedBytes = 0
        var sentBytes = 0
        /// Processor time of transforms.
        var cpu = Duration.zero
        /// How often the group assigned partitions to this worker, including the first time.
        var rebalances = 0
        var deadLetters = 0
        /// The reconnects in clusters that the worker has left.
        var formerReconnects = 0
        /// The errors of clients in clusters that the worker has left.
        var formerErrors: [KafkaErrorKind: Int] = [:]
    }

    private let counts = Mutex(Counts())

    var now: Counts { counts.withLock { $0 } }

    func countTaken() {
        counts.withLock { counts in
            counts.recordsTaken += 1
            counts.unfinished += 1
        }
    }

    func countFinished() { counts.withLock { $0.unfinished -= 1 } }

    /// Counts the tiles of a record.
    func count(tiles: Int, received: Int, sent: Int, cpu: Duration) {
        counts.withLock { counts in
            counts.tilesDone += tiles
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
