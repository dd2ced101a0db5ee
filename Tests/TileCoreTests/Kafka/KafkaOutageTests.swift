import Logging
import Testing

@testable import TileCore

/// The broker is down for a while.
@Suite(.timeLimit(.minutes(10))) struct KafkaOutageTests {
    @Test func sendersAndReadersOutliveABrokerThatIsDown() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let logs = RecordedLogs()
        let producer = try KafkaProducer(cluster.configuration(), logger: logs.logger)
        let reader = try cluster.reader(of: "t")
        try await producer.send(KafkaRecord("before", to: "t"))
        #expect(await reader.next()?.text == "before")

        cluster.broker.setDown(true)
        await logs.wait(for: "no broker answers")
        let texts = (0..<20).map { "meanwhile \($0)" }
        let offsets = try await withThrowingTaskGroup(of: Int64.self) { group in
            for text in texts {
                group.addTask { try await producer.send(KafkaRecord(text, to: "t")).offset }
            }
            // Some records wait in librdkafka by now, and the others will soon. All of them must be delivered.
            cluster.broker.setDown(false)
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(offsets.count == texts.count)
        #expect(Set(await reader.take(texts.count).map(\.text)) == Set(texts))
        await logs.wait(for: "Kafka answers again")
        #expect(producer.reconnects >= 1)
        #expect(logs.lines(from: .warning).filter { $0.contains("no broker answers") }.count <= 2)
        await reader.close()
        await producer.close(within: 5)
    }

    @Test func aRecordThatIsNotConfirmedInTimeIsATypedError() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer(["message.timeout.ms": "2000"])
        func untilDelivered(_ text: String) async {
            while (try? await producer.send(KafkaRecord(text, to: "t"))) == nil {}
        }
        await untilDelivered("before")
        cluster.broker.setDown(true)
        let error = await #expect(throws: KafkaError.self) {
            try await producer.send(KafkaRecord("late", to: "t"))
        }
        #expect(error?.code == .timedOut)
        cluster.broker.setDown(false)
        await untilDelivered("after")
        await producer.close(within: 5)
    }

    /// The error differs from a timeout, because the sender has to end and others repeat the work.
    @Test func aRecordInFlightAtTheCloseFailsAsClosed() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        try await producer.send(KafkaRecord("before", to: "t"))
        cluster.broker.setDown(true)
        let lost = Task {
            await #expect(throws: KafkaError.self) { try await producer.send(KafkaRecord("lost", to: "t")) }
        }
        await producer.close(within: 0.5)
        #expect(await lost.value?.code == .closed)
    }

    /// The member can neither commit its offset nor leave the group.
    @Test func aMemberClosesWithoutBrokers() async throws {
        let cluster = try TestCluster(topics: ["t": 1], groups: ["g"])
        let producer = try cluster.producer()
        let member = try cluster.consumer(.group("g", topics: ["t"]))
        try await producer.send(KafkaRecord("a", to: "t"))
        let message = try #require(await member.next())
        cluster.broker.setDown(true)
        member.store(through: message)
        // Without its time limit, the close would never return, and the suite's time limit would end the test.
        await member.close(within: .seconds(1))
        #expect(await member.next() == nil)
        await producer.close(within: 0)
    }

    /// The broker goes down and up again while records are in flight; none is lost.
    @Test func aFlickeringBrokerLosesNothing() async throws {
        let cluster = try TestCluster(topics: ["t": 16])
        let producer = try cluster.producer()
        let reader = try cluster.reader(of: "t", partitions: Array(0..<16))
        let texts = (0..<160).map { "record \($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, text) in texts.enumerated() {
                group.addTask { try await producer.send(KafkaRecord(text, to: "t", partition: Int32(index % 16))) }
                if index % 40 == 39 {
                    try await group.next()
                    cluster.broker.setDown(true)
                    cluster.broker.setDown(false)
                }
            }
            try await group.waitForAll()
        }
        var missing = Set(texts)
        while !missing.isEmpty, let message = await reader.next() { missing.remove(message.text) }
        #expect(missing.isEmpty)
        await reader.close()
        await producer.close(within: 5)
    }

    /// A member ends even if it cannot leave the group.
    @Test func aMemberClosesWhileTheBrokerIsDown() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        try await producer.send(KafkaRecord("a", to: "t"))
        let member = try cluster.consumer(.group("g", topics: ["t"]))
        let message = try #require(await member.next())
        cluster.broker.setDown(true)
        member.store(through: message)
        await member.close()
        #expect(await member.next() == nil)
        await producer.close(within: 0)
    }

    @Test func clientsOutliveTheBroker() async throws {
        var cluster: TestCluster? = try TestCluster(topics: ["t": 1])
        let producer = try #require(try cluster?.producer())
        let reader = try #require(try cluster?.reader(of: "t"))
        try await producer.send(KafkaRecord("a", to: "t"))
        let message = try #require(await reader.next())
        cluster = nil
        async let waiting = reader.next()
        await reader.close()
        #expect(await waiting == nil)
        #expect(message.text == "a")
        await producer.close(within: 0)
    }
}
