import Logging
import TileCore

/// A Kafka cluster in the test's own process. It outlives masters, and can be stopped while they run.
final class TestCluster: Sendable {
    let broker: EmbeddedBroker

    /// - Parameter resultsTopics: one for each master that shares the workers.
    init(resultsTopics: [String] = ["results"]) throws {
        var topics: [KafkaTopicSpecification] = []
        for name in resultsTopics {
            topics += TopicNames(results: name).specifications.filter { new in
                !topics.contains { $0.name == new.name }
            }
        }
        broker = try EmbeddedBroker(
            topics: topics, groups: [TopicNames.workerGroup],
            logger: Logger(label: "cluster") { _ in SwiftLogNoOpLogHandler() })
    }

    var configuration: KafkaConfiguration { broker.configuration }

    /// The options for masters and workers.
    var arguments: [String] {
        ["--brokers", configuration.brokers]
            + configuration.clientProperties.flatMap { ["--kafka-config", "\($0.key)=\($0.value)"] }
    }
}
