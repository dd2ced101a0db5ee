import Testing

@testable import TileCore

@Suite(.timeLimit(.minutes(10))) struct KafkaProducerTests {
    /// The queue has space for a few records only, so most senders wait; all must succeed.
    @Test(arguments: [1, 2, 10]) func aFullQueueMakesSendersWait(space: Int) async throws {
        let cluster = try TestCluster(topics: ["t": 16])
        let producer = try cluster.producer(["queue.buffering.max.messages": "\(space)"])
        let reader = try cluster.reader(of: "t", partitions: Array(0..<16))
        let texts = (0..<300).map { "record \($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, text) in texts.enumerated() {
                group.addTask { try await producer.send(KafkaRecord(text, to: "t", partition: Int32(index % 16))) }
            }
            try await group.waitForAll()
        }
        #expect(await reader.take(texts.count).map(\.text).sorted() == texts.sorted())
        await reader.close()
        await producer.close(within: 5)
    }

    /// Senders also wait if the queue has reached its limit of bytes.
    @Test func aQueueFullOfBytesMakesSendersWait() async throws {
        let cluster = try TestCluster(topics: ["t": 16])
        let producer = try cluster.producer(["queue.buffering.max.kbytes": "1024"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<48 {
                group.addTask {
                    let payload = OwnedBytes(count: 900_000)
                    try await producer.send(
                        KafkaRecord(topic: "t", partition: Int32(index % 16), payload: payload))
                }
            }
            try await group.waitForAll()
        }
        await producer.close(within: 5)
    }

    @Test func aRecordThatIsTooLargeIsRefusedAtOnce() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        for _ in 0..<20 {
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(
                    KafkaRecord(
                        topic: "t", partition: 0, key: "key", headers: [KafkaHeader("tile", [1, 2, 3])],
                        payload: OwnedBytes(count: KafkaLimits.recordBytes + 1)))
            }
            #expect(error?.code == .recordTooLarge)
        }
        let delivery = try await producer.send(KafkaRecord("small", to: "t"))
        #expect(delivery.offset == 0)
        await producer.close(within: 5)
    }

    @Test func aMissingPartitionIsATypedError() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        // First without the topic's metadata in the client, then with it.
        for _ in 0..<2 {
            let error = await #expect(throws: KafkaError.self) {
                try await producer.send(KafkaRecord("lost", to: "t", partition: 99))
            }
            #expect(error?.code == .unknownPartition)
            #expect(error?.reason.contains("t") == true)
        }
        await producer.close(within: 5)
    }

    @Test func sendingAfterTheCloseIsATypedError() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        try await producer.send(KafkaRecord("before", to: "t"))
        await producer.close(within: 5)
        await producer.close(within: 5)
        let error = await #expect(throws: KafkaError.self) {
            try await producer.send(KafkaRecord("after", to: "t"))
        }
        #expect(error?.code == .closed)
    }

    /// Sends race with the close: each send succeeds or fails.
    @Test(arguments: 0..<10) func noSenderIsForgottenByTheClose(round: Int) async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer(["queue.buffering.max.messages": "\(3 + round)"])
        let delivered = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    (try? await producer.send(KafkaRecord("\(number)", to: "t"))) != nil
                }
            }
            group.addTask {
                await producer.close(within: 5)
                return false
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect((0...100).contains(delivered))
    }

    @Test func theCloseFailsUndeliveredRecords() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer(["queue.buffering.max.messages": "5"])
        try await producer.send(KafkaRecord("before", to: "t"))
        cluster.broker.setDown(true)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    await #expect(throws: KafkaError.self) {
                        try await producer.send(KafkaRecord("\(number)", to: "t"))
                    }
                }
            }
            group.addTask { await producer.close(within: 0.2) }
        }
    }

    @Test(
        arguments: [
            ["no.such.property": "1"], ["linger.ms": "soon"], ["security.protocol": "carrier pigeon"],
        ])
    func propertiesThatAreWrongAreNamed(properties: [String: String]) async throws {
        let cluster = try TestCluster(topics: [:])
        let name = try #require(properties.keys.first)
        let error = #expect(throws: KafkaError.self) { try cluster.producer(properties) }
        #expect(error?.code == .configuration)
        #expect(error?.reason.contains(name) == true)
    }

    @Test func propertiesThatDoNotGoTogetherAreATypedError() throws {
        let cluster = try TestCluster(topics: [:])
        let error = #expect(throws: KafkaError.self) { try cluster.producer(["acks": "1"]) }
        #expect(error?.code == .configuration)
        #expect(error?.reason.contains("acks") == true)
    }
}
