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

    /// Counts continue when a worker moves to another cluster.
    @Test func countsOutliveTheCluster() {
        let counters = WorkerCounters()
        let first = WorkerProgress(counters: counters)
        first.rebalanced(.assigned(partitions(0)), logger: logger)
        first.rebalanced(.revoked(partitions(0)), logger: logger)
        first.rebalanced(.assigned(partitions(0, 1)), logger: logger)
        counters.count(tiles: 1, received: 0, sent: 0, cpu: .zero)
        counters.keep(reconnects: 2, errors: [:])
        let second = WorkerProgress(counters: counters)
        second.rebalanced(.assigned(partitions(4)), logger: logger)
        counters.count(tiles: 1, received: 0, sent: 0, cpu: .zero)
        counters.keep(reconnects: 1, errors: [:])
        #expect(second.counters.now.rebalances == 3)
        #expect(second.counters.now.tilesDone == 2)
        #expect(second.counters.now.formerReconnects == 3)
        #expect(second.partitions == [4])
    }

    private func record(_ offset: Int64) -> KafkaPartition {
        KafkaPartition(topic: "tasks", partition: 0, offset: offset)
    }

    @Test func offsetIsStoredOnceNothingBeforeItIsInWork() {
        let progress = WorkerProgress(counters: WorkerCounters())
        progress.rebalanced(.assigned(partitions(0)), logger: logger)
        progress.take(record(5))
        progress.take(record(6))
        var stored: [Int64] = []
        let isSecondDone = progress.finish(record(6)) { stored.append($0) }
        #expect(isSecondDone && stored.isEmpty)
        let isFirstDone = progress.finish(record(5)) { stored.append($0) }
        #expect(isFirstDone && stored == [7])
        let isDoneAgain = progress.finish(record(5)) { stored.append($0) }
        #expect(!isDoneAgain && stored == [7])
    }

    @Test func nothingIsStoredForARevokedPartition() {
        let progress = WorkerProgress(counters: WorkerCounters())
        progress.rebalanced(.assigned(partitions(0)), logger: logger)
        progress.take(record(5))
        progress.rebalanced(.revoked(partitions(0)), logger: logger)
        #expect(!progress.isAssigned(record(5)))
        let isDone = progress.finish(record(5)) { _ in Issue.record("stored") }
        #expect(!isDone)
        // After a new assignment the record is delivered again, and counts only then.
        progress.rebalanced(.assigned(partitions(0)), logger: logger)
        let isDoneTooSoon = progress.finish(record(5)) { _ in Issue.record("stored") }
        #expect(!isDoneTooSoon)
        progress.take(record(5))
        var stored: Int64?
        #expect(progress.isAssigned(record(5)))
        let isDoneNow = progress.finish(record(5)) { stored = $0 }
        #expect(isDoneNow && stored == 6)
    }
}
