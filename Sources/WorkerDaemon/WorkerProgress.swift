import Logging
import Synchronization
import TileCore

/// What a worker has in a cluster and may commit there: shared by the threads that take, transform and report.
final class WorkerProgress: Sendable {
    private struct State {
        var ledger = OffsetLedger()
        var partitions: Set<Int32> = []
        var alone: TileAttempt?
    }

    let counters: WorkerCounters
    private let state = Mutex(State())
    /// Something that heartbeats tell has changed at once.
    let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(counters: WorkerCounters) {
        self.counters = counters
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var partitions: [Int] { state.withLock { $0.partitions.map(Int.init).sorted() } }

    /// The tile that is being worked on and nothing beside it, if that was asked for.
    var alone: TileAttempt? {
        get { state.withLock { $0.alone } }
        set { state.withLock { $0.alone = newValue } }
    }

    /// A record is taken to be worked on.
    func take(_ place: KafkaPartition) {
        state.withLock { $0.ledger.take(topic: place.topic, partition: place.partition, offset: place.offset) }
    }

    /// Counts a record that was taken as done.
    /// - Parameter store: called with the offset to store, if the front of the partition moved. A revocation waits for
    ///   it, so that the partition is still this worker's meanwhile.
    /// - Returns: false if the partition was revoked since the record was taken, or the record is done already. Then
    ///   nothing has changed.
    func finish(_ place: KafkaPartition, store: (Int64) -> Void) -> Bool {
        state.withLock { state in
            guard state.ledger.isInHand(topic: place.topic, partition: place.partition, offset: place.offset) else {
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

    /// Whether the record's partition is this worker's.
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
