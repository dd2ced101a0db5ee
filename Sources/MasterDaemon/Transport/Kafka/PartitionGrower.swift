import Logging
import ServiceLifecycle
import TileCore

/// Adds partitions to the topics of tiles as the fleet grows, and uses partitions that another master or a person has
/// added. Only for Kafka clusters, because topics of the embedded broker cannot grow.
///
/// A result goes to the partition with the same number as its task's partition. So the topic of results grows first, and
/// its new partitions are read before a task goes to a new partition.
actor PartitionGrower: Service {
    private let admin: KafkaAdmin
    private let producer: KafkaProducer
    private let results: KafkaConsumer
    private let topics: TopicNames
    private let observer: any FleetObserver
    private let fleet: FleetMonitor
    private let entry: ClusterEntry
    private let maximum: Int
    private let logger: Logger
    private var growth: PartitionGrowth
    // What was logged already.
    private var lastProblem: String?
    private var lastRefusal = 0
    private var hasLoggedMaximum = false

    /// - Parameters:
    ///   - results: reads the partitions of `topics.results` that exist when the master joins the cluster.
    ///   - entry: gives the numbers of partitions once the master has joined.
    init(
        admin: KafkaAdmin, producer: KafkaProducer, results: KafkaConsumer, topics: TopicNames,
        entry: ClusterEntry, maximum: Int, observer: any FleetObserver, fleet: FleetMonitor, logger: Logger
    ) {
        self.admin = admin
        self.producer = producer
        self.results = results
        self.topics = topics
        self.observer = observer
        self.fleet = fleet
        self.entry = entry
        self.maximum = maximum
        self.logger = logger
        growth = PartitionGrowth(maximum: maximum, partitions: TilePartitions(tasks: 0, results: 0), at: .now)
    }

    func run() async throws {
        guard let partitions = await cancelWhenGracefulShutdown({ await self.entry.wait() }) else {
            try? await gracefulShutdown()
            return
        }
        growth = PartitionGrowth(maximum: maximum, partitions: partitions, at: .now)
        while (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: .milliseconds(500)) })) != nil {
            let online = fleet.workers.filter(\.isOnline)
            await step(slots: online.reduce(0) { $0 + $1.heartbeat.slots })
            await open(owned: (online.flatMap(\.heartbeat.partitions).max() ?? -1) + 1)
            logMaximum(workers: online.count)
        }
    }

    private func step(slots: Int) async {
        let step = growth.step(slots: slots, at: .now)
        do throws(KafkaError) {
            switch step {
            case .rest: return
            case .inspect: try await inspect()
            case .grow(let target):
                try await grow(to: target)
                lastRefusal = 0
            }
            lastProblem = nil
        } catch {
            note(error, step)
        }
    }

    private func open(owned: Int) async {
        guard let count = growth.open(owned: owned, at: .now) else { return }
        await observer.setPartitions(count)
        logger.notice("partitions in use: \(count)", metadata: [LogKey.topic: "\(topics.tasks)"])
    }

    /// Asks for the numbers of partitions, and reads new partitions of results.
    private func inspect() async throws(KafkaError) {
        let read = growth.partitions.results
        let tasks = try await producer.partitionCount(of: topics.tasks)
        let count = try await producer.partitionCount(of: topics.results)
        if count > read {
            try results.add((read..<count).map { KafkaPartition(topic: topics.results, partition: Int32($0)) })
        }
        growth.saw(TilePartitions(tasks: tasks, results: count), at: .now)
    }

    private func grow(to target: Int) async throws(KafkaError) {
        try await inspect()
        if growth.partitions.results < target {
            try await admin.grow(topics.results, to: target)
            try await inspectUntil("\(topics.results) has \(target) partitions") { $0.results >= target }
        }
        if growth.partitions.tasks < target {
            try await admin.grow(topics.tasks, to: target)
            try await inspectUntil("\(topics.tasks) has \(target) partitions") { $0.tasks >= target }
        }
    }

    /// Waits until the cluster shows a change, because brokers learn of new partitions one after the other.
    private func inspectUntil(
        _ what: String, _ isShown: (TilePartitions) -> Bool
    ) async throws(KafkaError) {
        for _ in 0..<50 {
            try await inspect()
            if isShown(growth.partitions) { return }
            try? await Task.sleep(for: .milliseconds(200))
        }
        throw KafkaError(.timedOut, "the cluster's metadata does not show after 10 s that \(what)")
    }

    private func note(_ error: KafkaError, _ step: PartitionGrowth.Step) {
        if case .grow(let target) = step, error.code == .authorization || error.code == .unsupported {
            growth.wasRefused(target, at: .now)
            logRefusal(error, target)
        } else {
            growth.failed(at: .now)
            guard error.reason != lastProblem else { return }
            lastProblem = error.reason
            logger.warning(
                "cannot inspect topic partitions; trying again",
                metadata: [LogKey.reason: "\(error.reason)"])
        }
    }

    private func logRefusal(_ error: KafkaError, _ target: Int) {
        guard target > lastRefusal else { return }
        lastRefusal = target
        logger.warning(
            """
            topic partitions cannot be added: the cluster denies it, and workers without a partition get no tiles. \
            Grant this master the right Alter on both topics, or run: \
            \(TopicSetup.growing(topics.results, to: target)) && \(TopicSetup.growing(topics.tasks, to: target))
            """, metadata: [LogKey.reason: "\(error.reason)"])
    }

    private func logMaximum(workers: Int) {
        let isShort = growth.isShort(workers: workers)
        defer { hasLoggedMaximum = isShort }
        guard isShort, !hasLoggedMaximum else { return }
        logger.notice(
            """
            too few partitions: \(workers) workers are online, --max-partitions is \(growth.maximum), and workers \
            without a partition get no tiles; start the master with a higher --max-partitions
            """)
    }
}
