import Testing

@testable import TileCore

/// A partition of the embedded broker keeps 5 MiB. A consumer that falls behind continues with the remaining records.
@Suite(.timeLimit(.minutes(10))) struct EmbeddedRetentionTests {
    private static let megabyte = 1 << 20

    private func send(_ count: Int, bytes: Int, with producer: KafkaProducer) async throws -> Int64 {
        var last: Int64 = 0
        for _ in 0..<count {
            let delivery = try await producer.send(
                KafkaRecord(topic: "t", partition: 0, payload: OwnedBytes(count: bytes)))
            last = delivery.offset
        }
        return last
    }

    @Test func aConsumerWithAnExpiredOffsetContinues() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        _ = try await send(1, bytes: 10, with: producer)
        let first = try cluster.reader(of: "t")
        first.store(through: try #require(await first.next()))
        await first.close()
        // Later records push out the record that the group would read next.
        let last = try await send(12, bytes: Self.megabyte, with: producer)
        let second = try cluster.reader(of: "t")
        var offset = try #require(await second.next()).offset
        #expect(offset > 1)
        while offset < last { offset = try #require(await second.next()).offset }
        // It continues with new records as well.
        let next = try await send(1, bytes: Self.megabyte, with: producer)
        #expect(try #require(await second.next()).offset == next)
        await second.close()
        await producer.close(within: 5)
    }

    @Test func aRecordLargerThanAPartitionIsRead() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t")
        for bytes in [Self.megabyte, 6 * Self.megabyte, Self.megabyte, 12 * Self.megabyte] {
            let offset = try await send(1, bytes: bytes, with: producer)
            let message = try #require(await reader.next())
            #expect(message.offset == offset)
            #expect(message.payloadCount == bytes)
        }
        await reader.close()
        await producer.close(within: 5)
    }
}
