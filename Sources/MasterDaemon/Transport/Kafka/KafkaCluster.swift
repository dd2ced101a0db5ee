import Foundation
import Logging
import ServiceLifecycle
import TileCore

/// A master's place in a Kafka cluster: its clients, the topics, and the claim of its topic of results. Without brokers
/// it brings an embedded one.
struct KafkaCluster: Sendable {
    let transport: KafkaTransport
    let deadLetters: DeadLetterSender
    let description: ClusterDescription
    let partitions: TilePartitions
    private let settings: ClusterSettings
    private let broker: EmbeddedBroker?
    private let configuration: KafkaConfiguration
    private let admin: KafkaAdmin
    private let producer: KafkaProducer
    private let results: KafkaConsumer
    private let heartbeats: KafkaConsumer
    private let claim: ClaimKeeper?
    private let lending: CanvasLending?
    private let logger: Logger

    /// Finds the cluster or starts the embedded broker, makes or checks the topics, and claims that of the results.
    /// - Parameter canvases: the folder whose canvases are lent to workers on this machine; `nil` for none.
    /// - Throws: `ServiceError` or `KafkaError` with what to do about it.
    init(
        settings: ClusterSettings, canvases: CanvasFolder? = nil, disk: DiskPool, stages: StageMeter = StageMeter(),
        logger: Logger
    ) async throws {
        self.settings = settings
        self.logger = logger
        let topics = settings.topics
        // The workers of its own, and some that are started by hand.
        let embedded = max(
            EmbeddedBroker.partitions, PartitionGrowth.powerOfTwo(atLeast: settings.localWorkers + 2))
        broker =
            settings.brokers == nil
            ? try EmbeddedBroker(
                topics: topics.specifications, groups: [TopicNames.workerGroup], partitions: embedded, logger: logger)
            : nil
        var configuration = broker?.configuration ?? KafkaConfiguration(brokers: settings.brokers ?? "")
        for (name, value) in settings.properties { configuration[name] = value }
        self.configuration = configuration
        admin = try KafkaAdmin(configuration, logger: logger)
        // The embedded broker has made its topics itself, and has no administration to ask.
        partitions =
            broker == nil
            ? try await TopicSetup(admin: admin, topics: topics, logger: logger).ensure().partitions
            : TilePartitions(tasks: embedded, results: embedded)
        producer = try KafkaProducer(configuration, logger: logger)
        // Heartbeats may take a moment; a short fetch wait would only cost time.
        var unhurried = configuration
        unhurried["fetch.wait.max.ms"] = "100"
        let heartbeatsToCome = KafkaConsumer.Source.end([KafkaPartition(topic: topics.heartbeats, partition: 0)])
        claim =
            broker == nil
            ? try ClaimKeeper(
                consumer: KafkaConsumer(unhurried, source: heartbeatsToCome, logger: logger), producer: producer,
                topics: topics, logger: logger)
            : nil
        // Before anything is sent, or read from the topic of results.
        try await claim?.hold()
        deadLetters = DeadLetterSender(producer: producer, topic: topics.deadLetters, logger: logger)
        results = try KafkaConsumer(
            configuration,
            source: .stored(
                group: "tilework-master-\(topics.results)",
                (0..<partitions.results).map { KafkaPartition(topic: topics.results, partition: Int32($0)) }),
            logger: logger)
        heartbeats = try KafkaConsumer(unhurried, source: heartbeatsToCome, logger: logger)
        lending = try await disk.run { try canvases.map { try CanvasLending($0) } }
        transport = KafkaTransport(
            producer: producer, consumer: results, topics: topics, deadLetters: deadLetters, disk: disk,
            stages: stages, lending: lending, filler: broker == nil ? nil : EmbeddedBroker.filler, logger: logger)
        description = ClusterDescription(
            bootstrapServers: configuration.brokers, group: TopicNames.workerGroup, topics: topics,
            properties: broker?.configuration.clientProperties ?? [:])
    }

    /// What a scheduler has to know of the cluster.
    var limits: Scheduler.Limits {
        var limits = Scheduler.Limits()
        // A cluster keeps what is sent. Few partitions with many slots behind them have to hold a lot.
        limits.partitionBytes = broker == nil ? 32 << 20 : EmbeddedBroker.partitionBytes
        return limits
    }

    /// Another master has the topic of results, so this one has to end.
    var hasLostItsResults: Bool { claim?.isLost ?? false }

    func fleet(observer: any FleetObserver, store: Store?) -> FleetMonitor {
        FleetMonitor(
            consumer: heartbeats, producer: producer, topic: settings.topics.heartbeats, observer: observer,
            deadLetters: deadLetters, store: store, lending: lending,
            reconnects: { [producer, results, heartbeats] in
                producer.reconnects + results.reconnects + heartbeats.reconnects
            }, logger: logger)
    }

    func health(store: Store?) throws(KafkaError) -> ClusterHealth {
        try ClusterHealth(configuration, topics: settings.topics, store: store, logger: logger)
    }

    /// Claims the topic of results. It has to end last: as long as results are read, others are told whose they are.
    var claiming: (any Service)? { claim }

    /// Lets the topics grow with the fleet, and runs workers on this host.
    /// - Parameter properties: where to write the clients' properties for them.
    func services(
        observer: any FleetObserver, fleet: FleetMonitor, properties: (([String: String]) throws -> String?)
    ) throws -> [any Service] {
        var services: [any Service] = []
        if broker == nil {
            services.append(
                PartitionGrower(
                    admin: admin, producer: producer, results: results, topics: settings.topics,
                    partitions: partitions, maximum: settings.maximumPartitions, observer: observer, fleet: fleet,
                    logger: logger))
        }
        if settings.localWorkers > 0 {
            services.append(try localWorkers(properties: properties(configuration.clientProperties)))
        }
        return services
    }

    private func localWorkers(properties: String?) throws -> LocalWorkers {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        var arguments = [
            "--brokers", configuration.brokers,
            "--threads", "\(max(1, cores / settings.localWorkers))",
            "--log-level", settings.logLevel.rawValue, "--log-format", settings.logFormat.rawValue,
        ]
        if let lending { arguments += ["--canvases", lending.folder.path] }
        if let properties { arguments += ["--kafka-config", "@\(properties)"] }
        return LocalWorkers(
            count: settings.localWorkers, executable: try WorkerExecutable.path(), arguments: arguments,
            logger: logger)
    }

    /// Ends what all parts have used. Call it after they have ended.
    func close() async { await producer.close(within: 1) }
}
