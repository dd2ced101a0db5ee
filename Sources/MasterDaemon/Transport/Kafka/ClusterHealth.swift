import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Whether jobs can be done at the moment: the cluster's answers, twice a second, and the database at each question.
final class ClusterHealth: Service, TransportHealth {
    typealias Answer = Result<[String: KafkaProbe.Topic], KafkaError>

    private struct State {
        var hasAnswer = false
        var trouble: String?
        /// When the cluster answered again after trouble.
        var recovery: ContinuousClock.Instant?
    }

    private let probe: KafkaProbe
    private let store: Store?
    private let topics: TopicNames
    private let entry: ClusterEntry
    private let logger: Logger
    private let answers: AsyncStream<Answer>
    private let state = Mutex(State())

    /// - Throws: if a Kafka property is unknown.
    init(
        _ configuration: KafkaConfiguration, topics: TopicNames, entry: ClusterEntry, store: Store?, logger: Logger
    ) throws(KafkaError) {
        let (answers, answer) = AsyncStream<Answer>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.answers = answers
        self.store = store
        self.topics = topics
        self.entry = entry
        self.logger = logger
        probe = try KafkaProbe(configuration, topics: topics.specifications.map(\.name)) { answer.yield($0) }
    }

    /// What is wrong with the cluster, for the messages of jobs; `nil` while all is well, and the master is in it.
    var problem: String? {
        state.withLock { state in
            if let trouble = state.trouble ?? entry.trouble { return trouble }
            guard let recovery = state.recovery, .now - recovery < FleetRegistry.patience else { return nil }
            return "the cluster answers again; the workers' heartbeats are to come"
        }
    }

    /// What is wrong with the cluster or the database; `nil` when both are in reach.
    func reasonNotReady() async -> String? {
        let state = state.withLock { $0 }
        if let trouble = state.trouble ?? entry.trouble { return trouble }
        guard state.hasAnswer else { return "the cluster has not answered yet" }
        do {
            try await store?.isReachable()
            return nil
        } catch {
            return "the database is out of reach: \(error)"
        }
    }

    func run() async throws {
        for await answer in answers.cancelOnGracefulShutdown() { take(answer) }
        await probe.close()
    }

    private func take(_ answer: Answer) {
        let trouble = Self.trouble(answer, topics)
        let before = state.withLock { state in
            defer {
                let recovery = state.trouble != nil && trouble == nil ? ContinuousClock.now : state.recovery
                state = State(hasAnswer: true, trouble: trouble, recovery: recovery)
            }
            return state.trouble
        }
        guard trouble != before else { return }
        if let trouble {
            logger.warning("the cluster cannot be used; jobs wait", metadata: [LogKey.reason: "\(trouble)"])
        } else {
            logger.notice("the cluster can be used again")
        }
    }

    /// What an answer means for jobs.
    static func trouble(_ answer: Answer, _ topics: TopicNames) -> String? {
        switch answer {
        case .failure(let error):
            return error.reason
        case .success(let found):
            let missing = topics.specifications.map(\.name).filter { found[$0]?.partitions ?? 0 == 0 }
            guard missing.isEmpty else { return "topics are missing: \(missing.joined(separator: ", "))" }
            // Dead letters can wait.
            for name in [topics.tasks, topics.results, topics.heartbeats] {
                guard let topic = found[name], topic.leaderless > 0 else { continue }
                return "\(topic.leaderless) of \(topic.partitions) partitions of the topic \(name) have no leader"
            }
            return nil
        }
    }
}
