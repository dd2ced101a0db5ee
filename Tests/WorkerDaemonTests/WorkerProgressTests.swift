import Logging
import Testing
import TileCore

@testable import WorkerDaemon

@Suite struct WorkerProgressTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func partitions(_ numbers: Int32...) -> [KafkaPartition] {
        numbers.map { KafkaPartition(topic: "tasks", partition: $0) }
    }

    @Test func partitionsAreThoseThatTheGroupGaveLast() {
        let progress = WorkerProgress(counters: WorkerCounters())
        progress.rebalanced(.assigned(partitions(3, 0)), logger: logger)
        #expect(progress.partitions == [0, 3])
        progress.rebalanced(.revoked(partitions(3, 0)), logger: logger)
        #expect(progress.partitions.isEmpty)
        progress.rebalanced(.assigned(partitions(7)), logger: logger)
        #expect(progress.partitions == [7])
    }

    /// A worker that has moved to another cluster is still the same worker.
    @Test func countsOutliveTheCluster() {
        let counters = WorkerCounters()
        let first = WorkerProgress(counters: counters)
        first.rebalanced(.assigned(partitions(0)), logger: logger)
        first.rebalanced(.revoked(partitions(0)), logger: logger)
        first.rebalanced(.assigned(partitions(0, 1)), logger: logger)
        counters.countTile()
        counters.keep(reconnects: 2)
        let second = WorkerProgress(counters: counters)
        second.rebalanced(.assigned(partitions(4)), logger: logger)
        counters.countTile()
        counters.keep(reconnects: 1)
        #expect(second.counters.now.rebalances == 3)
        #expect(second.counters.now.tilesDone == 2)
        #expect(second.counters.now.formerReconnects == 3)
        #expect(second.partitions == [4])
    }
}
