import Testing

@testable import TileCore

/// Administration, as far as the embedded broker supports it.
@Suite(.timeLimit(.minutes(10))) struct KafkaAdminTests {
    @Test func partitionsAreCounted() async throws {
        let cluster = try TestCluster(topics: ["one": 1, "two": 2, "many": 20])
        let admin = try KafkaAdmin(cluster.configuration(), logger: .silent)
        let expected = ["one": 1, "two": EmbeddedBroker.partitions, "many": 20]
        #expect(try await admin.partitionCounts() == expected)
    }

    @Test func theTopicsOfAnInstallationAreThere() async throws {
        let broker = try EmbeddedBroker(topics: TopicNames().specifications, logger: .silent)
        let admin = try KafkaAdmin(broker.configuration, logger: .silent)
        let counts = try await admin.partitionCounts()
        let ofTiles = EmbeddedBroker.partitions
        #expect(ofTiles >= 8)
        #expect(counts == ["tasks": ofTiles, "results": ofTiles, "heartbeats": 1, "dead-letters": 1])
    }

    @Test func makingATopicIsNotSupported() async throws {
        let cluster = try TestCluster(topics: [:])
        let admin = try KafkaAdmin(cluster.configuration(), timeout: 10, logger: .silent)
        let error = await #expect(throws: KafkaError.self) {
            try await admin.create(
                KafkaTopicSpecification(name: "t", partitions: 2, settings: ["retention.ms": "1000"]))
        }
        #expect(error?.code == .unsupported)
        #expect(error?.reason.contains("topic t cannot be made") == true)
    }

    @Test func growingATopicIsNotSupported() async throws {
        let cluster = try TestCluster(topics: ["t": 2])
        let admin = try KafkaAdmin(cluster.configuration(), timeout: 10, logger: .silent)
        let error = await #expect(throws: KafkaError.self) { try await admin.grow("t", to: 32) }
        #expect(error?.code == .unsupported)
        #expect(error?.reason.contains("topic t cannot have 32 partitions") == true)
    }

    @Test func settingsAreNotSupported() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let admin = try KafkaAdmin(cluster.configuration(), timeout: 10, logger: .silent)
        let error = await #expect(throws: KafkaError.self) { try await admin.settings(ofTopic: "t") }
        #expect(error?.code == .unsupported)
        #expect(error?.reason.contains("topic t") == true)
    }

    @Test func invalidNamesAreRefused() async throws {
        let cluster = try TestCluster(topics: [:])
        let admin = try KafkaAdmin(cluster.configuration(), timeout: 10, logger: .silent)
        await #expect(throws: KafkaError.self) { try await admin.settings(ofTopic: "") }
        await #expect(throws: KafkaError.self) {
            try await admin.create(KafkaTopicSpecification(name: "", partitions: 1))
        }
        await #expect(throws: KafkaError.self) {
            try await admin.create(KafkaTopicSpecification(name: "t", partitions: 0))
        }
    }

    @Test func withoutABrokerEveryRequestTimesOut() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        cluster.broker.setDown(true)
        let logs = RecordedLogs()
        let admin = try KafkaAdmin(cluster.configuration(), timeout: 1, logger: logs.logger)
        let counting = await #expect(throws: KafkaError.self) { try await admin.partitionCounts() }
        #expect(counting?.code == .timedOut)
        let making = await #expect(throws: KafkaError.self) {
            try await admin.create(KafkaTopicSpecification(name: "t", partitions: 1))
        }
        #expect(making?.code == .timedOut)
        let reading = await #expect(throws: KafkaError.self) { try await admin.settings(ofTopic: "t") }
        #expect(reading?.code == .timedOut)
        await logs.wait(for: "no broker answers")
        cluster.broker.setDown(false)
    }
}
