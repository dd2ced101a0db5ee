import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Whether jobs can be done now. It probes the cluster twice a second, and the database on each request.
final class ClusterHealth: Service, TransportHealth {
    typealias Answer = Result<[String: KafkaProbe.Topic], KafkaError>

    private struct State {
        var hasAnswer = false
        var problem: String?
        /// When the last problem was over.
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

    /// What is wrong with the cluster, for the messages of jobs; `nil` if nothing is wrong and the master has joined.
    var problem: String? {
        state.withLock { state in
            if let problem = state.problem ?? entry.problem { return problem }
            guard let recovery = state.recovery, .now - recovery < FleetRegistry.patience else { return nil }
            return "the cluster answers again; the master waits for the workers' heartbeats"
        }
    }

    /// What is wrong with the cluster or the database; `nil` if both can be reached.
    func reasonNotReady() async -> String? {
        let state = state.withLock { $0 }
        if let problem = state.problem ?? entry.problem { return problem }
        guard state.hasAnswer else { return "the cluster has not answered yet" }
        do {
            try await store?.isReachable()
            return nil
        } catch {
            return "the database cannot be reached: \(error)"
        }
    }

    func run() async throws {
        for await answer in answers.cancelOnGracefulShutdown() { take(answer) }
        await probe.close()
    }

    private func take(_ answer: Answer) {
        let problem = Self.problem(answer, topics)
        let before = state.withLock { state in
            defer {
                let recovery = state.problem != nil && problem == nil ? ContinuousClock.now : state.recovery
                state = State(hasAnswer: true, problem: problem, recovery: recovery)
            }
            return state.problem
        }
        guard problem != before else { return }
        if let problem {
            logger.warning("cluster cannot be used; jobs wait", metadata: [LogKey.reason: "\(problem)"])
        } else {
            logger.notice("cluster can be used again")
        }
    }

    /// The problem that an answer shows; `nil` if there is none.
    static func problem(_ answer: Answer, _ topics: TopicNames) -> String? {
        switch answer {
        case .failure(let error):
            return error.reason
        case .success(let found):
            let missing = topics.specifications.map(\.name).filter { found[$0]?.partitions ?? 0 == 0 }
            guard missing.isEmpty else { return "topics are missing: \(missing.joined(separator: ", "))" }
            // Jobs do not need the topic of dead letters.
            for name in [topics.tasks, topics.results, topics.heartbeats] {
                guard let topic = found[name], topic.leaderless > 0 else { continue }
                return "\(topic.leaderless) of \(topic.partitions) partitions of the topic \(name) have no leader"
            }
            return nil
        }
    }
}
