import Testing

@testable import TileCore

/// Clients and topics that grow, as far as the embedded broker can show it.
@Suite(.timeLimit(.minutes(10))) struct KafkaPartitionsTests {
    @Test func theProducerCountsATopicsPartitions() async throws {
        let cluster = try TestCluster(topics: ["one": 1, "many": 20])
        let producer = try cluster.producer()
        #expect(try await producer.partitionCount(of: "one") == 1)
        #expect(try await producer.partitionCount(of: "many") == 20)
        await producer.close(within: 5)
    }

    @Test func withoutABrokerTheCountEndsWithAnError() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        cluster.broker.setDown(true)
        let producer = try cluster.producer()
        let error = await #expect(throws: KafkaError.self) { try await producer.partitionCount(of: "t") }
        #expect(error?.code == .timedOut)
        cluster.broker.setDown(false)
        await producer.close(within: 5)
    }

    @Test func aReaderTakesFurtherPartitions() async throws {
        let cluster = try TestCluster(topics: ["t": 4])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t", partitions: [0, 1])
        try await producer.send(KafkaRecord("before", to: "t", partition: 3))
        try await producer.send(KafkaRecord("known", to: "t", partition: 1))
        #expect(await reader.next()?.text == "known")
        try reader.add([KafkaPartition(topic: "t", partition: 2), KafkaPartition(topic: "t", partition: 3)])
        #expect(await reader.next()?.text == "before")
        for partition in [0, 2, 3, 1] as [Int32] {
            try await producer.send(KafkaRecord("p\(partition)", to: "t", partition: partition))
            let message = try #require(await reader.next())
            #expect(message.text == "p\(partition)" && message.partition == partition)
            reader.store(through: message)
        }
        await reader.close()

        // Offsets of the added partitions are stored as well.
        let again = try cluster.reader(of: "t", partitions: [0])
        try again.add([KafkaPartition(topic: "t", partition: 3)])
        try await producer.send(KafkaRecord("after", to: "t", partition: 3))
        #expect(await again.next()?.text == "after")
        await again.close()
        await producer.close(within: 5)
    }

    @Test func aPartitionIsNotAddedTwice() async throws {
        let cluster = try TestCluster(topics: ["t": 4])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t", partitions: [0, 1])
        let error = #expect(throws: KafkaError.self) {
            try reader.add([KafkaPartition(topic: "t", partition: 1), KafkaPartition(topic: "t", partition: 2)])
        }
        #expect(error?.reason.contains("already") == true)
        // Nothing has changed.
        try await producer.send(KafkaRecord("a", to: "t", partition: 1))
        #expect(await reader.next()?.text == "a")
        await reader.close()
        await producer.close(within: 5)
    }

    /// With and without the topic's metadata in the client.
    @Test func aRecordForAMissingPartitionFails() async throws {
        let cluster = try TestCluster(topics: ["t": 4])
        let producer = try cluster.producer()
        for _ in 0..<2 {
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(KafkaRecord("lost", to: "t", partition: 99))
            }
            #expect(error?.code == .unknownPartition)
            try await producer.send(KafkaRecord("fine", to: "t", partition: 3))
        }
        await producer.close(within: 5)
    }
}
