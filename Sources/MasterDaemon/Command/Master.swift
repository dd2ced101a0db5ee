import Foundation
import Logging
import NIOPosix
import ServiceLifecycle
import TileCore

/// The master's parts, put together. Everything but the doors — HTTP or the command line — is here.
struct Master: Sendable {
    let service: JobService
    let views: ViewMaker
    let readiness: ClusterHealth
    let cluster: ClusterDescription
    let dispatcher: Dispatcher
    /// In the order of their start; they end in the reverse order.
    let services: [any Service]
    private let producer: KafkaProducer
    private let claim: ClaimKeeper?
    private let pool: NIOThreadPool
    private let viewPool: NIOThreadPool
    private let directory: DirectoryLock
    private let broker: EmbeddedBroker?

    /// Opens the data directory, the cluster and the database.
    /// - Throws: `ServiceError` or `KafkaError` with what to do about it.
    init(settings: MasterSettings, logger: Logger) async throws {
        let files = JobFiles(root: URL(filePath: settings.dataDirectory))
        directory = try DirectoryLock(files: files)
        // In this order: what jobs own is known only from a database that could be read.
        try files.checkDatabaseIsThere()
        let store = try Store(path: files.database)
        files.removeStrays(keeping: Set(try await store.allJobIDs()))
        for job in files.jobsWithCanvases() where try await store.job(job)?.status == .completed {
            files.removeCanvases(job)
        }
        let topics = settings.topics
        // The workers of its own, and some that are started by hand.
        let embedded = max(
            EmbeddedBroker.partitions, PartitionGrowth.powerOfTwo(atLeast: settings.localWorkers + 2))
        broker =
            settings.brokers == nil
            ? try EmbeddedBroker(
                topics: topics.specifications, groups: [TopicNames.workerGroup], partitions: embedded, logger: logger)
            : nil
        let configuration = Self.configuration(settings, broker)
        let admin = try KafkaAdmin(configuration, logger: logger)
        // The embedded broker has made its topics itself, and has no administration to ask.
        let partitions =
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
        pool = NIOThreadPool(numberOfThreads: max(2, ProcessInfo.processInfo.activeProcessorCount))
        pool.start()
        viewPool = NIOThreadPool(numberOfThreads: max(2, ProcessInfo.processInfo.activeProcessorCount / 2))
        viewPool.start()
        let journal = TileJournal(store: store, logger: logger)
        let deadLetters = DeadLetterSender(producer: producer, topic: topics.deadLetters, logger: logger)
        dispatcher = Dispatcher(
            partitions: partitions.tasks,
            // A cluster keeps what is sent. Few partitions with many slots behind them have to hold a lot.
            partitionBytes: broker == nil ? 32 << 20 : EmbeddedBroker.partitionBytes,
            sender: TileSender(producer: producer, topic: topics.tasks, replyTo: topics.results), journal: journal,
            logger: logger)
        service = JobService(
            store: store, files: files, intake: Intake(limits: settings.limits), dispatcher: dispatcher,
            journal: journal, pool: pool, viewPool: viewPool, logger: logger)
        let results = try KafkaConsumer(
            configuration,
            source: .stored(
                group: "tilework-master-\(topics.results)",
                (0..<partitions.results).map { KafkaPartition(topic: topics.results, partition: Int32($0)) }),
            logger: logger)
        let collector = Collector(
            consumer: results, dispatcher: dispatcher, journal: journal, deadLetters: deadLetters, logger: logger)
        let heartbeats = try KafkaConsumer(unhurried, source: heartbeatsToCome, logger: logger)
        let fleet = FleetMonitor(
            consumer: heartbeats, producer: producer, topic: topics.heartbeats, dispatcher: dispatcher,
            deadLetters: deadLetters, store: store, logger: logger)
        let health = try ClusterHealth(configuration, topics: topics, store: store, logger: logger)
        views = ViewMaker(
            service: service, fleet: fleet, deadLetters: deadLetters, clusterTrouble: { health.trouble }
        ) { [producer] in producer.reconnects + results.reconnects + heartbeats.reconnects }
        readiness = health
        cluster = ClusterDescription(
            bootstrapServers: configuration.brokers, group: TopicNames.workerGroup, topics: topics,
            properties: broker?.configuration.clientProperties ?? [:])
        var services: [any Service] = [deadLetters, journal, collector, dispatcher, fleet, readiness, service.views]
        if broker == nil {
            services.append(
                PartitionGrower(
                    admin: admin, producer: producer, results: results, topics: topics, partitions: partitions,
                    maximum: settings.maximumPartitions, dispatcher: dispatcher, fleet: fleet, logger: logger))
        }
        if !settings.retention.isOff {
            services.append(Retention(policy: settings.retention, service: service, logger: logger))
        }
        if settings.localWorkers > 0 {
            services.append(try Self.workers(settings, configuration, files, logger))
        }
        services.append(service)
        // It ends last: as long as results are read, others are told whose they are.
        if let claim { services.insert(claim, at: 0) }
        self.services = services
    }

    /// Another master has the topic of results, so this one has to end.
    var hasLostItsResults: Bool { claim?.isLost ?? false }

    /// Ends what the services have used. Call it after they have ended.
    func close() async {
        await producer.close(within: 1)
        try? await pool.shutdownGracefully()
        try? await viewPool.shutdownGracefully()
    }

    private static func configuration(_ settings: MasterSettings, _ broker: EmbeddedBroker?) -> KafkaConfiguration {
        var configuration = broker?.configuration ?? KafkaConfiguration(brokers: settings.brokers ?? "")
        for (name, value) in settings.kafkaProperties { configuration[name] = value }
        return configuration
    }

    private static func workers(
        _ settings: MasterSettings, _ configuration: KafkaConfiguration, _ files: JobFiles, _ logger: Logger
    ) throws -> LocalWorkers {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        var arguments = [
            "--brokers", configuration.brokers,
            "--threads", "\(max(1, cores / settings.localWorkers))",
            "--log-level", settings.logLevel.rawValue,
        ]
        if let properties = try files.writeClientProperties(configuration.clientProperties) {
            arguments += ["--kafka-config", "@\(properties)"]
        }
        return LocalWorkers(
            count: settings.localWorkers, executable: try WorkerExecutable.path(), arguments: arguments,
            logger: logger)
    }
}
