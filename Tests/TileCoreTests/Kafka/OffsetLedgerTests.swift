import Testing

@testable import TileCore

@Suite struct OffsetLedgerTests {
    private func take(_ offsets: some Sequence<Int64>, partition: Int32 = 0, in ledger: inout OffsetLedger) {
        for offset in offsets { ledger.take(topic: "t", partition: partition, offset: offset) }
    }

    @Test func theOffsetFollowsTheDoneRecordsWithoutAGap() {
        var ledger = OffsetLedger()
        take(10...14, in: &ledger)
        #expect(ledger.unfinishedCount == 5)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 12) == nil)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 11) == nil)
        #expect(ledger.unfinishedCount == 3)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 10) == 13)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 14) == nil)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 13) == 15)
        #expect(ledger.unfinishedCount == 0)
    }

    /// Transactions and compaction leave gaps between offsets.
    @Test func offsetsNeedNotFollowEachOther() {
        var ledger = OffsetLedger()
        take([3, 7, 20], in: &ledger)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 3) == 4)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 7) == 8)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 20) == 21)
    }

    @Test func recordsThatWereNotTakenChangeNothing() {
        var ledger = OffsetLedger()
        take([5], in: &ledger)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 4) == nil)
        #expect(ledger.finish(topic: "t", partition: 1, offset: 5) == nil)
        #expect(ledger.finish(topic: "other", partition: 0, offset: 5) == nil)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 5) == 6)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 5) == nil)
    }

    @Test func aRevokedPartitionIsForgottenAndTheOthersStay() {
        var ledger = OffsetLedger()
        take(0...2, partition: 0, in: &ledger)
        take(0...2, partition: 1, in: &ledger)
        ledger.forget(topic: "t", partition: 0)
        #expect(ledger.unfinishedCount == 3)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 0) == nil)
        #expect(ledger.finish(topic: "t", partition: 1, offset: 0) == 1)
    }

    /// After an outage, all records since the last commit are delivered again.
    @Test func redeliveredRecordsRestartThePartition() {
        var ledger = OffsetLedger()
        take(0...4, in: &ledger)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 3) == nil)
        take(2...4, in: &ledger)
        #expect(ledger.unfinishedCount == 5)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 0) == 1)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 1) == 2)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 2) == 3)
        #expect(ledger.finish(topic: "t", partition: 0, offset: 3) == 4)
    }

    /// Compares with a simple implementation, with records that finish in a random order.
    @Test(arguments: 1...50) func theOffsetNeverPassesAnUnfinishedRecord(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var ledger = OffsetLedger()
        let offsets = (0..<Int64(60)).filter { _ in !generator.chance(1, in: 4) }
        take(offsets, in: &ledger)
        var open = Set(offsets)
        var front: Int64 = -1
        for offset in offsets.shuffled(using: &generator) {
            let stored = ledger.finish(topic: "t", partition: 0, offset: offset)
            open.remove(offset)
            if let stored {
                #expect(stored > front)
                front = stored
            }
            #expect(open.allSatisfy { $0 >= front })
            #expect(ledger.unfinishedCount == open.count)
            // All offsets that can be stored are stored.
            #expect(offsets.first { open.contains($0) || $0 >= front }.map { open.contains($0) } ?? true)
        }
        #expect(front == (offsets.last ?? -2) + 1)
    }
}
