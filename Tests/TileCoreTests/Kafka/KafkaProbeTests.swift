import CKafka
import Testing

@testable import TileCore

/// A probe sees outages and recoveries of a cluster.
@Suite(.timeLimit(.minutes(10))) struct KafkaProbeTests {
    typealias Answer = Result<[String: KafkaProbe.Topic], KafkaError>

    private static func answers(_ configuration: KafkaConfiguration, _ topics: [String]) throws
        -> (probe: KafkaProbe, answers: AsyncStream<Answer>)
    {
        let (stream, continuation) = AsyncStream<Answer>.makeStream()
        return (try KafkaProbe(configuration, topics: topics) { continuation.yield($0) }, stream)
    }

    @Test func onlyTheTopicsThatWereNamedAreDescribed() async throws {
        let cluster = try TestCluster(topics: ["one": 1, "many": 20, "another": 1])
        let (probe, answers) = try Self.answers(cluster.configuration(), ["one", "many"])
        let first = try #require(await answers.first { (try? $0.get()) != nil })
        #expect(try first.get() == ["one": .init(partitions: 1), "many": .init(partitions: 20)])
        await probe.close()
    }

    @Test func partitionsWithoutLeaderAreCounted() async throws {
        let cluster = try TestCluster(topics: ["one": 1, "many": 20])
        cluster.broker.setLeader(of: "many", partitions: 3, isThere: false)
        let (probe, answers) = try Self.answers(cluster.configuration(), ["one", "many"])
        let first = try #require(await answers.first { (try? $0.get()) != nil })
        #expect(
            try first.get() == ["one": .init(partitions: 1), "many": .init(partitions: 20, leaderless: 3)])
        await probe.close()
    }

    @Test func anOutageIsSeenAndItsEnd() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let (probe, answers) = try Self.answers(cluster.configuration(), ["t"])
        var all = answers.makeAsyncIterator()
        func isAnswered() async throws -> Bool {
            guard let answer = await all.next() else { throw CancellationError() }
            return (try? answer.get()) != nil
        }
        while try await !isAnswered() {}
        cluster.broker.setDown(true)
        while try await isAnswered() {}
        cluster.broker.setDown(false)
        while try await !isAnswered() {}
        await probe.close()
    }

    @Test func aRefusedConnectionIsNamed() async throws {
        // No process listens there.
        let (probe, answers) = try Self.answers(KafkaConfiguration(brokers: "127.0.0.1:1"), ["t"])
        let first = try #require(await answers.first { _ in true })
        let error = #expect(throws: KafkaError.self) { try first.get() }
        #expect(error?.reason == "the brokers 127.0.0.1:1 do not answer: Connection refused")
        await probe.close()
    }

    @Test func messagesOfLibrdkafkaAreReducedToTheirCause() {
        func cause(_ text: String) -> String? { KafkaCallbacks.cause(in: text) }
        #expect(
            cause(
                "127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in "
                    + "state CONNECT, 3 identical error(s) suppressed)") == "Connection refused")
        #expect(
            cause(
                "k:9092/bootstrap: Failed to resolve 'k:9092': Name or service not known (after 5ms in state CONNECT)")
                == "Name or service not known")
        #expect(
            cause("ssl://k:9093/bootstrap: SSL handshake failed: certificate verify failed: (after 2ms in state SSL)")
                == "SSL handshake failed: certificate verify failed")
        #expect(cause("k:9092/1: 1 request(s) timed out: disconnect (after 1500ms in state UP)") == nil)
        #expect(cause("k:9092/1: Disconnected (after 1500ms in state UP)") == nil)
        #expect(cause("") == nil)
    }
}
