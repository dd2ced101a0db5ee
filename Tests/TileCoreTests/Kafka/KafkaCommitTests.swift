import Testing

@testable import TileCore

@Suite(.timeLimit(.minutes(10))) struct KafkaCommitTests {
    /// Automatic commits come only after an hour, so that only explicit commits count.
    private func reader(_ cluster: TestCluster) throws -> KafkaConsumer {
        try KafkaConsumer(
            cluster.configuration(["auto.commit.interval.ms": "3600000"]),
            source: .stored(group: "g", [KafkaPartition(topic: "t", partition: 0)]), logger: .silent)
    }

    @Test func theNextConsumerStartsAtTheCommittedOffset() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        for number in 0..<4 { try await producer.send(KafkaRecord("\(number)", to: "t")) }
        let first = try reader(cluster)
        let messages = await first.take(4)
        first.store(through: messages[1])
        try await first.commit()
        // The first consumer is still open and has made only this commit.
        let second = try reader(cluster)
        #expect(await second.take(2).map(\.text) == ["2", "3"])
        first.store(through: messages[2])
        try await first.commit()
        let third = try reader(cluster)
        #expect(await third.next()?.text == "3")
        for reader in [first, second, third] { await reader.close() }
        await producer.close(within: 5)
    }

    @Test func aMemberCommits() async throws {
        let cluster = try TestCluster(topics: ["t": 1], groups: ["g"])
        let producer = try cluster.producer()
        for number in 0..<3 { try await producer.send(KafkaRecord("\(number)", to: "t")) }
        let member = try cluster.consumer(.group("g", topics: ["t"]))
        let messages = await member.take(3)
        member.store(through: messages[1])
        try await member.commit()
        let next = try reader(cluster)
        #expect(await next.next()?.text == "2")
        await next.close()
        await member.close()
        await producer.close(within: 5)
    }

    @Test func nothingToCommitIsNoError() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let reader = try reader(cluster)
        try await reader.commit()
        await reader.close()
    }

    /// Many tasks at once, each for the offset that it has stored.
    @Test func manyCommitAtOnce() async throws {
        let cluster = try TestCluster(topics: ["t": 16], groups: ["g"])
        let producer = try cluster.producer()
        let partitions = Array(Int32(0)..<16)
        for partition in partitions { try await producer.send(KafkaRecord("a", to: "t", partition: partition)) }
        let first = try cluster.reader(of: "t", partitions: partitions, group: "g")
        let messages = await first.take(16)
        #expect(messages.count == 16)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for message in messages {
                group.addTask {
                    first.store(through: message)
                    try await first.commit()
                }
            }
            try await group.waitForAll()
        }
        for partition in partitions { try await producer.send(KafkaRecord("b", to: "t", partition: partition)) }
        let second = try cluster.reader(of: "t", partitions: partitions, group: "g")
        #expect(await second.take(16).map(\.text) == Array(repeating: "b", count: 16))
        await first.close()
        await second.close()
        await producer.close(within: 5)
    }

    @Test func anUnreachableClusterIsAnError() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        try await producer.send(KafkaRecord("a", to: "t"))
        let reader = try reader(cluster)
        let message = try #require(await reader.next())
        cluster.broker.setDown(true)
        reader.store(through: message)
        await #expect(throws: KafkaError.self) { try await reader.commit() }
        await reader.close(within: .seconds(1))
        await producer.close(within: 0)
    }
}
