import Foundation
import Logging
import ServiceLifecycle
import TileCore
import Tracing

/// A master's side of a Kafka cluster: its clients, the topics, and the claim of its topic of results. Without configured
/// brokers it starts an embedded one.
///
/// The clients exist from the start, even without a connection. Records are exchanged once the master has joined.
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

    /// Makes the clients, and starts the embedded broker if no brokers are set. Sends nothing to the cluster.
    /// - Parameter canvases: the folder with the canvases to lend to workers on this machine; `nil` for none.
    /// - Throws: `KafkaError` if a property is unknown, or there is no port for an embedded broker.
    init(
        settings: ClusterSettings, canvases: CanvasFolder? = nil, disk: DiskPool, stages: StageMeter = StageMeter(),
        tracer: any Tracer = NoOpTracer(), logger: Logger
    ) async throws {
        self.settings = settings
        self.logger = logger
        let topics = settings.topics
        // Enough for the local workers and two more that are started by hand.
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
        // The embedded broker creates its topics at its start, and supports no administration.
        embeddedPartitions = broker == nil ? nil : TilePartitions(tasks: embedded, results: embedded)
        producer = try KafkaProducer(configuration, logger: logger)
        // Heartbeats are not urgent, so fetches may wait longer and take less processor time.
        var relaxed = configuration
        relaxed["fetch.wait.max.ms"] = "100"
        claim =
            broker == nil
            ? try ClaimKeeper(
                consumer: KafkaConsumer(relaxed, source: .end([]), logger: logger), producer: producer,
                topics: topics, logger: logger)
            : nil
        deadLetters = DeadLetterSender(producer: producer, topic: topics.deadLetters, logger: logger)
        // The consumers get their partitions in `enter`, because the topics may not exist before.
        results = try KafkaConsumer(
            configuration, source: .stored(group: topics.resultsGroup, []), logger: logger)
        heartbeats = try KafkaConsumer(relaxed, source: .end([]), logger: logger)
        lending = try await disk.run { try canvases.map { try CanvasLending($0) } }
        transport = KafkaTransport(
            producer: producer, consumer: results, topics: topics, deadLetters: deadLetters, disk: disk,
            stages: stages, lending: lending, filler: broker == nil ? nil : EmbeddedBroker.filler,
            tracer: tracer, logger: logger)
        description = ClusterDescription(
            bootstrapServers: configuration.brokers, group: TopicNames.workerGroup, topics: topics,
            properties: broker?.configuration.clientProperties ?? [:])
    }

    /// Joins the cluster: creates or checks the topics, claims the topic of results, then begins to read. May be called
    /// again after it has thrown.
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

    /// The scheduler's limits for this cluster.
    var limits: Scheduler.Limits {
        var limits = Scheduler.Limits()
        // The embedded broker drops the oldest records beyond its limit. A cluster drops none, and a few partitions may have
        // to hold the tiles for many slots.
        limits.partitionBytes = broker == nil ? 32 << 20 : EmbeddedBroker.partitionBytes
        return limits
    }

    /// Whether another master owns the topic of results, so that this one has to end.
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

    /// The service that joins the cluster and keeps the claim of the topic of results. It has to end last, because the
    /// claim must be kept as long as results are read.
    func entrance(observer: any FleetObserver) -> ClusterEntrance {
        ClusterEntrance(cluster: self, observer: observer, logger: logger)
    }

    /// The monitor of the lags in the topics of tiles.
    func lag() throws(KafkaError) -> LagMonitor {
        try LagMonitor(configuration, topics: settings.topics, logger: logger)
    }

    /// The errors of the clients for tasks, results and heartbeats, by kind.
    var errors: [KafkaErrorKind: Int] {
        [producer.errors, results.errors, heartbeats.errors].reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }

    /// The services that let the topics grow with the fleet and run the local workers.
    /// - Parameter properties: writes the clients' properties to a file for the workers, and returns its path.
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

    /// Closes the producer. Call it after all services have ended.
    func close() async { await producer.close(within: 1) }
}
