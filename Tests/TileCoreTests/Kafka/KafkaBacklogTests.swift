import Testing

@testable import TileCore

/// Records that another member may have tried before.
@Suite(.timeLimit(.minutes(10))) struct KafkaBacklogTests {
    private func record(_ offset: Int64, _ partition: Int32 = 0) -> KafkaPartition {
        KafkaPartition(topic: "t", partition: partition, offset: offset)
    }

    @Test func existingRecordsBelongToTheBacklog() {
        let backlog = KafkaBacklog()
        backlog.begin([record(-1001), record(-1001, 1)])
        #expect(backlog.contains(record(5)) { 8 })
        // The end does not move, so later records are new.
        #expect(backlog.contains(record(6)) { 100 })
        #expect(backlog.contains(record(7)) { 100 })
        #expect(!backlog.contains(record(8)) { 100 })
        #expect(backlog.contains(record(8, 1)) { 100 })
    }

    @Test func anEndBehindAGapIsPassed() {
        let backlog = KafkaBacklog()
        backlog.begin([record(0)])
        #expect(backlog.contains(record(1)) { 5 })
        #expect(!backlog.contains(record(9)) { 100 })
        #expect(!backlog.contains(record(10)) { 100 })
    }

    @Test func anUnknownEndFollowsTheFirstRecord() {
        let backlog = KafkaBacklog()
        backlog.begin([record(0)])
        #expect(backlog.contains(record(3)) { -1001 })
        #expect(!backlog.contains(record(4)) { -1001 })
    }

    @Test func onlyPartitionsOfAGroupHaveOne() {
        let backlog = KafkaBacklog()
        #expect(!backlog.contains(record(0)) { 10 })
        backlog.begin([record(0)])
        backlog.end([record(77)])
        #expect(!backlog.contains(record(0)) { 10 })
        backlog.begin([record(0)])
        #expect(backlog.contains(record(0)) { 10 })
    }

    /// Tests a consumer with fixed partitions first, then a member of a group.
    @Test func waitingRecordsAreDistinguishedFromNewOnes() async throws {
        let cluster = try TestCluster(topics: ["t": 1], groups: ["g"])
        let producer = try cluster.producer()
        for number in 0..<3 { try await producer.send(KafkaRecord("\(number)", to: "t")) }
        let reader = try cluster.reader(of: "t")
        for message in await reader.take(3) { #expect(!message.isBacklog) }
        await reader.close()

        let member = try cluster.consumer(.group("g", topics: ["t"]))
        let old = await member.take(3)
        #expect(old.map(\.text) == ["0", "1", "2"])
        for message in old { #expect(message.isBacklog) }
        for number in 3..<6 { try await producer.send(KafkaRecord("\(number)", to: "t")) }
        let new = await member.take(3)
        #expect(new.map(\.text) == ["3", "4", "5"])
        for message in new { #expect(!message.isBacklog) }
        await member.close()

        // Nothing was stored, so the next member gets all of them again.
        let next = try cluster.consumer(.group("g", topics: ["t"]))
        let again = await next.take(6)
        #expect(again.map(\.text) == ["0", "1", "2", "3", "4", "5"])
        for message in again { #expect(message.isBacklog) }
        await next.close()
        await producer.close(within: 5)
    }
}
