import Logging
import ServiceLifecycle
import TileCore

/// Brings a running master into its cluster, however long that takes, and keeps its place there. Meanwhile there are no
/// partitions, and so no tile is sent: jobs wait.
///
/// What a person can mend on the cluster, as rights or a topic's settings, is waited for like brokers that are away.
struct ClusterEntrance: Service {
    /// Between two attempts.
    private static let pause = Duration.seconds(1)

    let cluster: KafkaCluster
    let observer: any FleetObserver
    let logger: Logger

    func run() async throws {
        if cluster.entry.partitions == nil {
            guard let partitions = try await untilEntered() else { return }
            await observer.setPartitions(partitions.usable)
            logger.notice("the master is in the cluster", metadata: [LogKey.partitions: "\(partitions.usable)"])
        }
        guard let claim = cluster.claim else {
            // A service that returns would end the others.
            try? await gracefulShutdown()
            return
        }
        try await claim.run()
    }

    /// - Returns: `nil` if the master ends before that.
    /// - Throws: if another master has the topic of results.
    private func untilEntered() async throws -> TilePartitions? {
        while true {
            do {
                return try await attempt()
            } catch {
                if cluster.hasLostItsResults { throw error }
                let reason = (error as? ServiceError)?.detail ?? (error as? KafkaError)?.reason ?? "\(error)"
                if cluster.entry.fail(reason) {
                    logger.warning(
                        "the master is not in the cluster yet; jobs wait, and it tries again until it is",
                        metadata: [LogKey.reason: "\(reason)"])
                }
            }
            guard (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: Self.pause) })) != nil else {
                return nil
            }
        }
    }

    /// Tries once. A client that waits for an answer cannot be called back: at a shutdown it is left to itself.
    private func attempt() async throws -> TilePartitions? {
        let (outcomes, outcome) = AsyncStream.makeStream(of: Result<TilePartitions, any Error>.self)
        Task {
            do {
                outcome.yield(.success(try await cluster.enter()))
            } catch {
                outcome.yield(.failure(error))
            }
            outcome.finish()
        }
        for await outcome in outcomes.cancelOnGracefulShutdown() { return try outcome.get() }
        return nil
    }
}
