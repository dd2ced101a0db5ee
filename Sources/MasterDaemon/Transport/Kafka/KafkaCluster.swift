import Foundation
import Logging
import ServiceLifecycle
import TileCore
import Tracing

/// A master's place in a Kafka cluster: its clients, the topics, and the claim of its topic of results. Without brokers
/// it brings an embedded one.
///
/// The clients are there from the start, whether or not the cluster is. Records travel once the master has entered it.
struct KafkaCluster: Sendable {
    let transport: KafkaTransport
    let deadLetters: DeadLetterSender
    let description: ClusterDescription
    let entry = ClusterEntry()
    /// Claims the topic of results; `nil` with an embedded broker, which has one master only.
    let claim: ClaimKeeper?
    /// The partitions that an embedded broker was started with.
    private let embeddedPartitions: TilePartitions?
    private let settings: ClusterSettings
    private let broker: EmbeddedBroker?
    private let configuration: KafkaConfiguration
    private let admin: KafkaAdmin
    private let producer: KafkaProducer
    private let results: KafkaConsumer
    private let heartbeats: KafkaConsumer
    private let lending: CanvasLending?
    private let logger: Logger

    /// Makes the clients, and starts the embedded broker if it is to be. The cluster is not asked for anything.
    /// - Parameter canvases: the folder whose canvases are lent to workers on this machine; `nil` for none.
    /// - Throws: `KafkaError` if a property is unknown, or there is no port for an embedded broker.
    init(
        settings: ClusterSettings, canvases: CanvasFolder? = nil, disk: DiskPool, stages: StageMeter = StageMeter(),
        tracer: any Tracer = NoOpTracer(), logger: Logger
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
        embeddedPartitions = broker == nil ? nil : TilePartitions(tasks: embedded, results: embedded)
        producer = try KafkaProducer(configuration, logger: logger)
        // Heartbeats may take a moment; a short fetch wait would only cost time.
        var unhurried = configuration
        unhurried["fetch.wait.max.ms"] = "100"
        claim =
            broker == nil
            ? try ClaimKeeper(
                consumer: KafkaConsumer(unhurried, source: .end([]), logger: logger), producer: producer,
                topics: topics, logger: logger)
            : nil
        deadLetters = DeadLetterSender(producer: producer, topic: topics.deadLetters, logger: logger)
        // Their partitions come with the entry: before it the topics need not be there.
        results = try KafkaConsumer(
            configuration, source: .stored(group: topics.resultsGroup, []), logger: logger)
        heartbeats = try KafkaConsumer(unhurried, source: .end([]), logger: logger)
        lending = try await disk.run { try canvases.map { try CanvasLending($0) } }
        transport = KafkaTransport(
            producer: producer, consumer: results, topics: topics, deadLetters: deadLetters, disk: disk,
            stages: stages, lending: lending, filler: broker == nil ? nil : EmbeddedBroker.filler,
            tracer: tracer, logger: logger)
        description = ClusterDescription(
            bootstrapServers: configuration.brokers, group: TopicNames.workerGroup, topics: topics,
            properties: broker?.configuration.clientProperties ?? [:])
    }

    /// Makes or checks the topics, claims that of the results, and begins to read. One attempt; nothing is read before the
    /// claim, and a failed attempt can be followed by another one.
    /// - Throws: `ServiceError` or `KafkaError` with what to do about it.
    func enter() async throws -> TilePartitions {
        let partitions: TilePartitions
        if let embeddedPartitions {
            partitions = embeddedPartitions
        } else {
            partitions = try await TopicSetup(admin: admin, topics: settings.topics, logger: logger).ensure().partitions
        }
        try await claim?.hold()
        try heartbeats.add([KafkaPartition(topic: settings.topics.heartbeats, partition: 0)])
        try results.add(
            (0..<partitions.results).map { KafkaPartition(topic: settings.topics.results, partition: Int32($0)) })
        entry.enter(partitions)
        return partitions
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
        try ClusterHealth(configuration, topics: settings.topics, entry: entry, store: store, logger: logger)
    }

    /// Enters the cluster if that is still to be done, and keeps the claim of the topic of results. It has to end last: as
    /// long as results are read, others are told whose they are.
    func entrance(observer: any FleetObserver) -> ClusterEntrance {
        ClusterEntrance(cluster: self, observer: observer, logger: logger)
    }

    /// How far readers of the topics of tiles are.
    func lag() throws(KafkaError) -> LagMonitor {
        try LagMonitor(configuration, topics: settings.topics, logger: logger)
    }

    /// What the master's own clients have complained of.
    var errors: [KafkaErrorKind: Int] {
        [producer.errors, results.errors, heartbeats.errors].reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }

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
                    entry: entry, maximum: settings.maximumPartitions, observer: observer, fleet: fleet,
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
        if let endpoint = settings.traceEndpoint { arguments += ["--otlp-endpoint", endpoint.absoluteString] }
        if let properties { arguments += ["--kafka-config", "@\(properties)"] }
        return LocalWorkers(
            count: settings.localWorkers, executable: try WorkerExecutable.path(), arguments: arguments,
            logger: logger)
    }

    /// Ends what all parts have used. Call it after they have ended.
    func close() async { await producer.close(within: 1) }
}
