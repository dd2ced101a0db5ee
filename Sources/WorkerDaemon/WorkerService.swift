import Logging
import ServiceLifecycle
import TileCore

/// Finds the cluster, works there, and finds it again if it has moved.
struct WorkerService: Service {
    private enum Event { case hasEnded, hasMoved, lookupEnded }

    let settings: WorkerSettings
    let end: EndOnOrder
    let manager: ServiceManager
    let telemetry: WorkerTelemetry
    let logger: Logger
    private let identity: WorkerIdentity

    init(
        settings: WorkerSettings, end: EndOnOrder, manager: ServiceManager, telemetry: WorkerTelemetry, logger: Logger
    ) {
        self.settings = settings
        self.end = end
        self.manager = manager
        self.telemetry = telemetry
        self.logger = logger
        identity = WorkerIdentity(id: settings.id, slots: settings.threads)
    }

    func run() async throws {
        switch settings.cluster {
        case .brokers(let brokers):
            let configuration = KafkaConfiguration(brokers: brokers, properties: settings.kafkaProperties)
            try await work(Cluster(configuration: configuration, topics: TopicNames()))
        case .master(let url):
            let lookup = ClusterLookup(
                master: url, key: settings.key, trust: settings.trust, ownProperties: settings.kafkaProperties,
                manager: manager, logger: logger)
            while let cluster = await lookup.find() {
                // After its master's restart, an embedded broker has another port and none of the old records.
                guard try await work(cluster, until: lookup) == .hasMoved else { return }
                logger.notice("brokers of the master have changed; joining the new ones")
            }
        }
    }

    /// Works in the cluster until the worker has to end, or `lookup` finds another cluster.
    private func work(_ cluster: Cluster, until lookup: ClusterLookup) async throws -> Event {
        try await withThrowingTaskGroup(of: Event.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await work(cluster)
                return .hasEnded
            }
            group.addTask { await lookup.waitForMove(from: cluster) ? .hasMoved : .lookupEnded }
            // A worker that has to end stops the lookup at once, but still has tiles to finish.
            for try await event in group where event != .lookupEnded { return event }
            return .hasEnded
        }
    }

    private func work(_ cluster: Cluster) async throws {
        let session = try WorkerSession(
            cluster: cluster, identity: identity, telemetry: telemetry, canvases: settings.canvases,
            faults: settings.faults, end: end, manager: manager, logger: logger)
        try await session.run()
    }
}

/// What a worker needs to join a cluster.
struct Cluster: Sendable, Equatable {
    let configuration: KafkaConfiguration
    let topics: TopicNames
}
