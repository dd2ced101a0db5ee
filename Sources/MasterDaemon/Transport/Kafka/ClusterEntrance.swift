import Logging
import ServiceLifecycle
import TileCore

/// Joins the cluster, with as many attempts as it takes, and then keeps the claim of the topic of results. Before that
/// the dispatcher has no partitions, so no tile is sent and jobs wait.
///
/// The attempts also go on while an administrator has to fix something on the cluster, such as rights or a topic's
/// settings.
struct ClusterEntrance: Service {
    /// The pause between two attempts.
    private static let pause = Duration.seconds(1)

    let cluster: KafkaCluster
    let observer: any FleetObserver
    let logger: Logger

    func run() async throws {
        if cluster.entry.partitions == nil {
            guard let partitions = try await untilEntered() else { return }
            await observer.setPartitions(partitions.usable)
            logger.notice("cluster joined", metadata: [LogKey.partitions: "\(partitions.usable)"])
        }
        guard let claim = cluster.claim else {
            // Waits, because the service group ends all services once one of them returns.
            try? await gracefulShutdown()
            return
        }
        try await claim.run()
    }

    /// - Returns: `nil` if the master ends before it has joined.
    /// - Throws: if another master owns the topic of results.
    private func untilEntered() async throws -> TilePartitions? {
        while true {
            do {
                return try await attempt()
            } catch {
                if cluster.hasLostItsResults { throw error }
                let reason = (error as? ServiceError)?.detail ?? (error as? KafkaError)?.reason ?? "\(error)"
                if cluster.entry.fail(reason) {
                    logger.warning(
                        "cluster not joined yet; jobs wait, and the master tries again until it succeeds",
                        metadata: [LogKey.reason: "\(reason)"])
                }
            }
            guard (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: Self.pause) })) != nil else {
                return nil
            }
        }
    }

    /// Tries once. A client that waits for an answer cannot be cancelled, so a shutdown returns without it.
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
