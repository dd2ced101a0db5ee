import Testing

@testable import TileCore

/// A client and its threads end when nothing refers to it any more.
@Suite(.timeLimit(.minutes(10))) struct KafkaLifetimeTests {
    @Test func aMessageKeepsItsClientAlive() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        let bytes = [UInt8](repeating: 7, count: 1_000_000)
        try await producer.send(
            KafkaRecord(
                topic: "t", partition: 0, headers: [KafkaHeader("tile", [1])], payload: OwnedBytes(copying: bytes)))
        let end = TestSignal()
        var message = try await firstMessage(of: cluster, end: end)
        #expect(message?.payload == bytes)
        #expect(message?.header("tile") == [1])
        message = nil
        await end.wait()
        await producer.close(within: 5)
    }

    private func firstMessage(of cluster: TestCluster, end: TestSignal) async throws -> KafkaMessage? {
        let reader = try KafkaConsumer(
            cluster.configuration(), source: .stored(group: "g", [KafkaPartition(topic: "t", partition: 0)]),
            logger: .firing(end))
        let message = await reader.next()
        await reader.close()
        return message
    }

    /// The consumer was not closed, and records wait in its mailbox.
    @Test(arguments: [false, true]) func aConsumerThatIsDroppedEnds(inGroup: Bool) async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        for number in 0..<10 { try await producer.send(KafkaRecord("\(number)", to: "t")) }
        let end = TestSignal()
        let source =
            inGroup
            ? KafkaConsumer.Source.group("g", topics: ["t"])
            : .stored(group: "g", [KafkaPartition(topic: "t", partition: 0)])
        try await readAhead(source, of: cluster, end: end)
        await end.wait()
        await producer.close(within: 5)
    }

    private func readAhead(_ source: KafkaConsumer.Source, of cluster: TestCluster, end: TestSignal) async throws {
        let mailbox = KafkaMailbox()
        let reader = try KafkaConsumer(
            cluster.configuration(), source: source, mailbox: mailbox, logger: .firing(end), onRebalance: nil)
        _ = await reader.next()
        while mailbox.count < 5 { await Task.yield() }
    }

    @Test func aProducerThatIsDroppedEnds() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let end = TestSignal()
        var producer: KafkaProducer? = try KafkaProducer(cluster.configuration(), logger: .firing(end))
        try await producer?.send(KafkaRecord("a", to: "t"))
        producer = nil
        await end.wait()
    }

    @Test func aProducerThatIsClosedEnds() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let end = TestSignal()
        var producer: KafkaProducer? = try KafkaProducer(cluster.configuration(), logger: .firing(end))
        _ = try? await producer?.send(
            KafkaRecord(topic: "t", payload: OwnedBytes(count: KafkaLimits.recordBytes + 1)))
        await producer?.close(within: 5)
        producer = nil
        await end.wait()
    }

    @Test func anAdminAndABrokerThatAreDroppedEnd() async throws {
        let brokerEnd = TestSignal()
        let adminEnd = TestSignal()
        var cluster: TestCluster? = try TestCluster(topics: ["t": 1], logger: .firing(brokerEnd))
        var admin: KafkaAdmin? = try KafkaAdmin(
            try #require(cluster?.configuration()), timeout: 10, logger: .firing(adminEnd))
        #expect(try await admin?.partitionCounts() == ["t": 1])
        admin = nil
        await adminEnd.wait()
        cluster = nil
        await brokerEnd.wait()
    }

    /// A client that could not be created leaves nothing behind.
    @Test func aClientThatCannotBeMadeEnds() async throws {
        let end = TestSignal()
        #expect(throws: KafkaError.self) {
            try KafkaProducer(
                KafkaConfiguration(brokers: "127.0.0.1:1", properties: ["acks": "1"]), logger: .firing(end))
        }
        await end.wait()
    }
}
