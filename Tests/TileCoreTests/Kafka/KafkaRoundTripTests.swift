import Testing

@testable import TileCore

/// Records are consumed as they were sent, byte for byte.
@Suite(.timeLimit(.minutes(10))) struct KafkaRoundTripTests {
    @Test func payloadsOfEverySizeComeBackUntouched() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t")
        var generator = SeededGenerator(seed: 1)
        for size in [0, 1, 2, 4095, 65_536, 1_000_000, 1 << 20] {
            let bytes = generator.bytes(size)
            try await producer.send(KafkaRecord(topic: "t", partition: 0, payload: OwnedBytes(copying: bytes)))
            let message = try #require(await reader.next())
            #expect(message.payloadCount == size)
            #expect(message.payload == bytes)
            #expect(message.topic == "t")
        }
        await reader.close()
        await producer.close(within: 5)
    }

    /// Each of these records pushes all others out of the embedded broker's partition.
    @Test func largeRecordsArriveOneAfterAnother() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t")
        for (index, mebibytes) in [3, 3, 3, 6, 6, 1, 15, 15].enumerated() {
            var bytes = [UInt8](repeating: UInt8(index), count: mebibytes << 20)
            bytes[bytes.count - 1] = 0xFF
            try await producer.send(KafkaRecord(topic: "t", partition: 0, payload: OwnedBytes(copying: bytes)))
            let message = try #require(await reader.next())
            #expect(message.offset == Int64(index))
            #expect(message.payload == bytes)
        }
        await reader.close()
        await producer.close(within: 5)
    }

    @Test(arguments: [nil, "", "key", "Schlüssel 🔑", "019c4b7e-6d2a-7f00-8a8e-0123456789ab"])
    func keysComeBack(key: String?) async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t")
        try await producer.send(KafkaRecord("text", to: "t", key: key))
        let message = try #require(await reader.next())
        #expect(message.key == key)
        #expect(message.text == "text")
        await reader.close()
        await producer.close(within: 5)
    }

    @Test func headersComeBack() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t")
        var generator = SeededGenerator(seed: 2)
        let headers = [
            KafkaHeader("tile", generator.bytes(16_384)), KafkaHeader("empty", []), KafkaHeader("twice", [1]),
            KafkaHeader("twice", [2, 0, 2]), KafkaHeader("näme", [0]),
        ]
        try await producer.send(
            KafkaRecord(topic: "t", partition: 0, headers: headers, payload: OwnedBytes(count: 0)))
        try await producer.send(KafkaRecord("without", to: "t"))
        let message = try #require(await reader.next())
        #expect(message.header("tile") == headers[0].value)
        #expect(message.header("empty") == [])
        #expect(message.header("twice") == [2, 0, 2])
        #expect(message.header("näme") == [0])
        #expect(message.header("Tile") == nil)
        #expect(message.payloadCount == 0)
        let without = try #require(await reader.next())
        #expect(without.header("tile") == nil)
        await reader.close()
        await producer.close(within: 5)
    }

    /// In masters and workers, several Swift tasks share a message. So many tasks must be able to read one at once.
    @Test func headersAreReadByManyTasksAtOnce() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t")
        for number in 0..<50 {
            try await producer.send(
                KafkaRecord(
                    topic: "t", partition: 0, headers: [KafkaHeader("n", [UInt8(number)])],
                    payload: OwnedBytes(count: 0)))
        }
        for message in await reader.take(50) {
            await withTaskGroup(of: [UInt8]?.self) { group in
                for _ in 0..<4 { group.addTask { message.header("n") } }
                for await value in group { #expect(value == [UInt8(message.offset)]) }
            }
        }
        await reader.close()
        await producer.close(within: 5)
    }

    @Test func recordsGoToTheChosenPartitionInOrder() async throws {
        let cluster = try TestCluster(topics: ["t": 16])
        let producer = try cluster.producer()
        let partitions = Array(Int32(0)..<16)
        let reader = try cluster.reader(of: "t", partitions: partitions)
        for round in 0..<5 {
            for partition in partitions {
                let delivery = try await producer.send(KafkaRecord("\(round)", to: "t", partition: partition))
                #expect(delivery == KafkaDelivery(partition: partition, offset: Int64(round)))
            }
        }
        var next: [Int32: Int64] = [:]
        for message in await reader.take(80) {
            #expect(message.offset == next[message.partition, default: 0])
            #expect(message.text == "\(message.offset)")
            next[message.partition, default: 0] += 1
        }
        #expect(next.count == 16)
        await reader.close()
        await producer.close(within: 5)
    }

    @Test func aKeyAlwaysLeadsToTheSamePartition() async throws {
        let cluster = try TestCluster(topics: ["t": 16])
        let producer = try cluster.producer()
        var seen = Set<Int32>()
        for number in 0..<20 {
            let first = try await producer.send(KafkaRecord("a", to: "t", partition: nil, key: "key \(number)"))
            let second = try await producer.send(KafkaRecord("b", to: "t", partition: nil, key: "key \(number)"))
            #expect(first.partition == second.partition)
            seen.insert(first.partition)
        }
        #expect(seen.count > 1)
        await producer.close(within: 5)
    }
}
