import Testing
import TileCore

@testable import MasterDaemon

/// The problems that the cluster's answers show.
@Suite struct ClusterHealthTests {
    private let topics = TopicNames()

    private func problem(_ change: (inout [String: KafkaProbe.Topic]) -> Void) -> String? {
        var found = Dictionary(
            uniqueKeysWithValues: topics.specifications.map { ($0.name, KafkaProbe.Topic(partitions: 4)) })
        change(&found)
        return ClusterHealth.problem(.success(found), topics)
    }

    @Test func allIsWell() {
        #expect(problem { _ in } == nil)
        #expect(problem { $0["of another master"] = .init(partitions: 0) } == nil)
    }

    @Test func topicsAreMissing() {
        let words = problem {
            $0["results"] = nil
            $0["dead-letters"] = .init(partitions: 0)
        }
        #expect(words == "topics are missing: results, dead-letters")
    }

    @Test(arguments: ["tasks", "results", "heartbeats"]) func partitionsHaveNoLeader(name: String) {
        let words = problem { $0[name] = .init(partitions: 4, leaderless: 3) }
        #expect(words == "3 of 4 partitions of the topic \(name) have no leader")
    }

    @Test func deadLettersCanWait() {
        #expect(problem { $0["dead-letters"] = .init(partitions: 1, leaderless: 1) } == nil)
    }

    @Test func nobodyAnswers() {
        let error = KafkaError(.timedOut, "the brokers kafka-1:9092 do not answer: Connection refused")
        #expect(ClusterHealth.problem(.failure(error), topics) == error.reason)
    }
}
