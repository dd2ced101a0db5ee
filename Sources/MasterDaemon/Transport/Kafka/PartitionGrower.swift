import Logging
import ServiceLifecycle
import TileCore

/// Adds partitions to the topics of tiles as the fleet grows, and notices partitions that another master or a person
/// has added. For Kafka clusters; the embedded broker's topics cannot grow.
///
/// The topic of results grows first, and is read before a task goes to a new partition, because a result takes the
/// partition with its task's number.
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
    // What was told already.
    private var lastTrouble: String?
    private var lastRefusal = 0
    private var hasToldOfMaximum = false

    /// - Parameters:
    ///   - results: reads the partitions of `topics.results` that there are at the entry.
    ///   - entry: says what the topics have, once the master is in the cluster.
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
            tellOfMaximum(workers: online.count)
        }
    }

    private func step(slots: Int) async {
        let step = growth.step(slots: slots, at: .now)
        do throws(KafkaError) {
            switch step {
            case .rest: return
            case .look: try await look()
            case .grow(let target):
                try await grow(to: target)
                lastRefusal = 0
            }
            lastTrouble = nil
        } catch {
            note(error, step)
        }
    }

    private func open(owned: Int) async {
        guard let count = growth.open(owned: owned, at: .now) else { return }
        await observer.setPartitions(count)
        logger.notice("tiles go to \(count) partitions from now on", metadata: [LogKey.topic: "\(topics.tasks)"])
    }

    /// Sees how many partitions there are, and reads all results.
    private func look() async throws(KafkaError) {
        let read = growth.partitions.results
        let tasks = try await producer.partitionCount(of: topics.tasks)
        let count = try await producer.partitionCount(of: topics.results)
        if count > read {
            try results.add((read..<count).map { KafkaPartition(topic: topics.results, partition: Int32($0)) })
        }
        growth.saw(TilePartitions(tasks: tasks, results: count), at: .now)
    }

    private func grow(to target: Int) async throws(KafkaError) {
        try await look()
        if growth.partitions.results < target {
            try await admin.grow(topics.results, to: target)
            try await lookUntil("\(topics.results) has \(target) partitions") { $0.results >= target }
        }
        if growth.partitions.tasks < target {
            try await admin.grow(topics.tasks, to: target)
            try await lookUntil("\(topics.tasks) has \(target) partitions") { $0.tasks >= target }
        }
    }

    /// New partitions are not in every broker's metadata at once.
    private func lookUntil(
        _ what: String, _ isShown: (TilePartitions) -> Bool
    ) async throws(KafkaError) {
        for _ in 0..<50 {
            try await look()
            if isShown(growth.partitions) { return }
            try? await Task.sleep(for: .milliseconds(200))
        }
        throw KafkaError(.timedOut, "the cluster does not show after 10 s that \(what)")
    }

    private func note(_ error: KafkaError, _ step: PartitionGrowth.Step) {
        if case .grow(let target) = step, error.code == .authorization || error.code == .unsupported {
            growth.wasRefused(target, at: .now)
            tellOfRefusal(error, target)
        } else {
            growth.failed(at: .now)
            guard error.reason != lastTrouble else { return }
            lastTrouble = error.reason
            logger.warning(
                "the topics' partitions cannot be seen to; trying again",
                metadata: [LogKey.reason: "\(error.reason)"])
        }
    }

    private func tellOfRefusal(_ error: KafkaError, _ target: Int) {
        guard target > lastRefusal else { return }
        lastRefusal = target
        logger.warning(
            """
            the cluster does not let this master give the topics more partitions, and a worker without one gets no \
            tiles. It needs the right Alter on both topics, or by hand: \
            \(TopicSetup.growing(topics.results, to: target)) && \(TopicSetup.growing(topics.tasks, to: target))
            """, metadata: [LogKey.reason: "\(error.reason)"])
    }

    private func tellOfMaximum(workers: Int) {
        let isShort = growth.isShort(workers: workers)
        defer { hasToldOfMaximum = isShort }
        guard isShort, !hasToldOfMaximum else { return }
        logger.notice(
            """
            \(workers) workers are online, but there are no more than \(growth.maximum) partitions, and a worker \
            without one gets no tiles; start the master with a higher --max-partitions
            """)
    }
}
