import Logging
import Synchronization
import TileCore

/// A worker's partitions, unfinished records and offsets in a cluster. The tasks that take, process and report records
/// share this object.
final class WorkerProgress: Sendable {
    private struct State {
        var ledger = OffsetLedger()
        var partitions: Set<Int32> = []
        var alone: TileAttempt?
    }

    let counters: WorkerCounters
    private let state = Mutex(State())
    /// Yields when the partitions have changed, so that a heartbeat is sent at once.
    let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(counters: WorkerCounters) {
        self.counters = counters
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var partitions: [Int] { state.withLock { $0.partitions.map(Int.init).sorted() } }

    /// The tile that runs alone on this worker; `nil` if there is none.
    var alone: TileAttempt? {
        get { state.withLock { $0.alone } }
        set { state.withLock { $0.alone = newValue } }
    }

    /// Adds a record that was taken.
    func take(_ place: KafkaPartition) {
        state.withLock { $0.ledger.take(topic: place.topic, partition: place.partition, offset: place.offset) }
    }

    /// Marks a taken record as done.
    /// - Parameter store: called with the offset to store, if that has risen. It runs under the lock that a revocation
    ///   needs, so this worker has the partition until `store` returns.
    /// - Returns: false if the partition was revoked meanwhile, or the record is done already. Then nothing has
    ///   changed.
    func finish(_ place: KafkaPartition, store: (Int64) -> Void) -> Bool {
        state.withLock { state in
            guard state.ledger.isUnfinished(topic: place.topic, partition: place.partition, offset: place.offset) else {
                return false
            }
            if let offset = state.ledger.finish(
                topic: place.topic, partition: place.partition, offset: place.offset)
            {
                store(offset)
            }
            return true
        }
    }

    /// Whether this worker has the record's partition.
    func isAssigned(_ place: KafkaPartition) -> Bool { state.withLock { $0.partitions.contains(place.partition) } }

    func rebalanced(_ change: KafkaConsumer.Rebalance, logger: Logger) {
        switch change {
        case .assigned(let partitions):
            counters.countRebalance()
            state.withLock { state in
                for partition in partitions { state.partitions.insert(partition.partition) }
            }
            logger.info("partitions assigned", metadata: Self.metadata(partitions))
        case .revoked(let partitions):
            state.withLock { state in
                for partition in partitions {
                    state.partitions.remove(partition.partition)
                    state.ledger.forget(topic: partition.topic, partition: partition.partition)
                }
            }
            logger.debug("partitions revoked", metadata: Self.metadata(partitions))
        }
        changed.yield()
    }

    private static func metadata(_ partitions: [KafkaPartition]) -> Logger.Metadata {
        let numbers = partitions.map { "\($0.partition)" }.joined(separator: " ")
        return [LogKey.partition: "\(numbers)"]
    }
}
