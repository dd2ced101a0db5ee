import Testing

@testable import TileCore

/// Consumers without rebalances.
@Suite(.timeLimit(.minutes(10))) struct KafkaConsumerTests {
    @Test func aClosedConsumerGivesNothing() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t")
        try await producer.send(KafkaRecord("a", to: "t"))
        let message = try #require(await reader.next())
        async let waiting = reader.next()
        await reader.close()
        #expect(await waiting == nil)
        #expect(await reader.next() == nil)
        await reader.close()
        reader.store(through: message)
        #expect(message.text == "a")
        await producer.close(within: 5)
    }

    @Test func closesAtTheSameTimeAllReturn() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let reader = try cluster.reader(of: "t")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { await reader.close() } }
        }
        #expect(await reader.next() == nil)
    }

    @Test func aCancelledTaskGetsNothingAndTheNextTaskGoesOn() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t")
        for _ in 0..<100 {
            let waiting = Task { await reader.next() }
            waiting.cancel()
            #expect(await waiting.value == nil)
        }
        try await producer.send(KafkaRecord("a", to: "t"))
        #expect(await reader.next()?.text == "a")
        await reader.close()
        await producer.close(within: 5)
    }

    @Test func readingFromTheEndSkipsWhatIsThere() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        for _ in 0..<20 { try await producer.send(KafkaRecord("old", to: "t")) }
        let reader = try cluster.consumer(.end([KafkaPartition(topic: "t", partition: 0)]))
        // The consumer finds the end at an unknown time, so records are sent until one arrives.
        let sending = Task {
            while !Task.isCancelled { try await producer.send(KafkaRecord("new", to: "t")) }
        }
        for message in await reader.take(3) { #expect(message.text == "new") }
        sending.cancel()
        try await sending.value
        await reader.close()
        await producer.close(within: 5)
    }

    @Test func aReaderGoesOnWhereItsGroupStored() async throws {
        let cluster = try TestCluster(topics: ["t": 16])
        let producer = try cluster.producer()
        for number in 0..<5 {
            try await producer.send(KafkaRecord("a\(number)", to: "t", partition: 0))
            try await producer.send(KafkaRecord("b\(number)", to: "t", partition: 7))
        }
        let first = try cluster.reader(of: "t", partitions: [0, 7], group: "g")
        let messages = await first.take(10)
        #expect(messages.count == 10)
        let third = try #require(messages.first { $0.text == "a2" })
        first.store(through: third)
        await first.close()

        let second = try cluster.reader(of: "t", partitions: [0, 7], group: "g")
        let again = Set(await second.take(7).map(\.text))
        #expect(again == ["a3", "a4", "b0", "b1", "b2", "b3", "b4"])
        await second.close()

        let other = try cluster.reader(of: "t", partitions: [0, 7], group: "another")
        #expect(await other.take(10).count == 10)
        await other.close()
        await producer.close(within: 5)
    }

    /// The mailboxes are so small that fetching pauses and resumes many times.
    @Test(arguments: [1_000_000, 2_000_000]) func aFullMailboxLosesNothing(capacity: Int) async throws {
        let cluster = try TestCluster(topics: ["t": 16])
        let producer = try cluster.producer()
        let mailbox = KafkaMailbox(capacity: capacity)
        let partitions = Array(Int32(0)..<4)
        let reader = try cluster.consumer(
            .stored(group: "g", partitions.map { KafkaPartition(topic: "t", partition: $0) }), mailbox: mailbox)
        for _ in 0..<10 {
            for partition in partitions {
                try await producer.send(
                    KafkaRecord(topic: "t", partition: partition, payload: OwnedBytes(count: 100_000)))
            }
        }
        var next: [Int32: Int64] = [:]
        for message in await reader.take(40) {
            #expect(message.offset == next[message.partition, default: 0])
            #expect(message.payloadCount == 100_000)
            next[message.partition, default: 0] += 1
        }
        #expect(next == [0: 10, 1: 10, 2: 10, 3: 10])
        await reader.close()
        await producer.close(within: 5)
    }

    @Test func storingForAnotherMembersPartitionDoesNothing() async throws {
        let cluster = try TestCluster(topics: ["t": 16])
        let reader = try cluster.reader(of: "t", partitions: [0])
        reader.store(topic: "t", partition: 5, offset: 10)
        reader.store(topic: "unknown", partition: 0, offset: 10)
        reader.store(topic: "t", partition: -1, offset: -7)
        await reader.close()
    }

    @Test func propertiesThatAreWrongAreNamed() throws {
        let cluster = try TestCluster(topics: [:])
        let error = #expect(throws: KafkaError.self) {
            try KafkaConsumer(
                cluster.configuration(["no.such.property": "1"]), source: .end([]), logger: .silent)
        }
        #expect(error?.code == .configuration)
        #expect(error?.reason.contains("no.such.property") == true)
    }
}
