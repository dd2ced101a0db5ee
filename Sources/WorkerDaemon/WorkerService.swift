import Logging
import ServiceLifecycle
import TileCore

/// A worker's life: find the cluster, work there, and find it again where it has moved.
struct WorkerService: Service {
    let settings: WorkerSettings
    let logger: Logger

    func run() async throws {
        let identity = WorkerIdentity(id: settings.id, slots: settings.threads)
        switch settings.cluster {
        case .brokers(let brokers):
            let configuration = KafkaConfiguration(brokers: brokers, properties: settings.kafkaProperties)
            try await work(Cluster(configuration: configuration, topics: TopicNames()), identity)
        case .master(let url):
            let lookup = ClusterLookup(master: url, ownProperties: settings.kafkaProperties, logger: logger)
            while let cluster = await lookup.find() {
                // An embedded broker has another port after its master's restart, and nothing of the old one is left.
                let hasMoved = try await withThrowingTaskGroup(of: Bool.self) { group in
                    group.addTask {
                        try await work(cluster, identity)
                        return false
                    }
                    group.addTask { await lookup.waitForMove(from: cluster) }
                    let first = try await group.next() ?? false
                    group.cancelAll()
                    return first
                }
                guard hasMoved else { return }
                logger.notice("the master has other brokers now; joining them")
            }
        }
    }

    private func work(_ cluster: Cluster, _ identity: WorkerIdentity) async throws {
        let session = try WorkerSession(cluster: cluster, identity: identity, logger: logger)
        try await session.run()
    }
}

/// What a worker has to know of a cluster to join it.
struct Cluster: Sendable, Equatable {
    let configuration: KafkaConfiguration
    let topics: TopicNames
}

/// Another worker has this one's id.
struct WorkerRefused: Error {
    let reason: String
}
