import Logging
import Synchronization
import TileCore

/// What a worker has, has done and may commit: shared by the threads that take, transform and report.
final class WorkerProgress: Sendable {
    private struct State {
        var ledger = OffsetLedger()
        var partitions: Set<Int32> = []
        var tilesDone = 0
    }

    private let state = Mutex(State())
    /// Something that heartbeats tell has changed at once.
    let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init() { (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    var tilesDone: Int { state.withLock { $0.tilesDone } }
    var partitions: [Int] { state.withLock { $0.partitions.map(Int.init).sorted() } }

    func countTile() { state.withLock { $0.tilesDone += 1 } }

    func take(_ message: KafkaMessage) {
        state.withLock { $0.ledger.take(topic: message.topic, partition: message.partition, offset: message.offset) }
    }

    /// The offset to store, where the front of the partition moved.
    func finish(_ message: KafkaMessage) -> Int64? {
        state.withLock {
            $0.ledger.finish(topic: message.topic, partition: message.partition, offset: message.offset)
        }
    }

    func rebalanced(_ change: KafkaConsumer.Rebalance, logger: Logger) {
        switch change {
        case .assigned(let partitions):
            state.withLock { state in
                for partition in partitions { state.partitions.insert(partition.partition) }
            }
            let numbers = partitions.map { "\($0.partition)" }.joined(separator: " ")
            logger.info("the group gave this worker partitions", metadata: [LogKey.partition: "\(numbers)"])
        case .revoked(let partitions):
            state.withLock { state in
                for partition in partitions {
                    state.partitions.remove(partition.partition)
                    state.ledger.forget(topic: partition.topic, partition: partition.partition)
                }
            }
            logger.debug("the group took this worker's partitions back")
        }
        changed.yield()
    }
}
