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

    /// The tile that is being worked on and nothing beside it, where that was asked for.
    var alone: TileAttempt? {
        get { state.withLock { $0.alone } }
        set { state.withLock { $0.alone = newValue } }
    }

    func take(_ message: KafkaMessage) {
        state.withLock { $0.ledger.take(topic: message.topic, partition: message.partition, offset: message.offset) }
    }

    /// The offset to store, where the front of the partition moved.
    func finish(_ message: KafkaMessage) -> Int64? {
        state.withLock {
            $0.ledger.finish(topic: message.topic, partition: message.partition, offset: message.offset)
        }
    }

    /// Whether the record's partition is still this worker's.
    func isOurs(_ message: KafkaMessage) -> Bool { state.withLock { $0.partitions.contains(message.partition) } }

    func rebalanced(_ change: KafkaConsumer.Rebalance, logger: Logger) {
        switch change {
        case .assigned(let partitions):
            counters.countRebalance()
            state.withLock { state in
                for partition in partitions { state.partitions.insert(partition.partition) }
            }
            logger.info("the group gave this worker partitions", metadata: Self.metadata(partitions))
        case .revoked(let partitions):
            state.withLock { state in
                for partition in partitions {
                    state.partitions.remove(partition.partition)
                    state.ledger.forget(topic: partition.topic, partition: partition.partition)
                }
            }
            logger.debug("the group took this worker's partitions back", metadata: Self.metadata(partitions))
        }
        changed.yield()
    }

    private static func metadata(_ partitions: [KafkaPartition]) -> Logger.Metadata {
        let numbers = partitions.map { "\($0.partition)" }.joined(separator: " ")
        return [LogKey.partition: "\(numbers)"]
    }
}
