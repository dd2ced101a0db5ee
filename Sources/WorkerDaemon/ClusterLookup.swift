import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import TileCore

/// Asks a master for its brokers and topics.
struct ClusterLookup: Sendable {
    let master: URL
    /// The key for the master; `nil` for a master without keys.
    let key: String?
    let trust: MasterTrust
    /// This worker's Kafka properties, which override those from the master.
    let ownProperties: [String: String]
    let manager: ServiceManager
    let logger: Logger

    /// Asks until the master answers.
    /// - Returns: `nil` if the worker has to end first.
    func find() async -> Cluster? {
        var lastReason: String?
        manager.status("asking the master at \(master.absoluteString) for the brokers")
        while true {
            do {
                return try await ask()
            } catch {
                let reason = (error as? SettingsError)?.description ?? "\(error)"
                if reason != lastReason {
                    logger.warning(
                        "no answer from the master at \(master.absoluteString) yet; trying again until it answers",
                        metadata: [LogKey.reason: "\(reason)"])
                }
                manager.status("waiting for the master at \(master.absoluteString): \(reason)")
                lastReason = reason
            }
            guard await pause(seconds: 1) else { return nil }
        }
    }

    /// Waits until the master names another cluster.
    /// - Returns: false if the worker has to end first.
    func waitForMove(from cluster: Cluster) async -> Bool {
        while await pause(seconds: 5) {
            if let now = try? await ask(), now != cluster { return true }
        }
        return false
    }

    private func pause(seconds: Double) async -> Bool {
        (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(seconds)) }) != nil
    }

    /// The problem in a master's answer.
    private struct Refusal: Decodable {
        let detail: String
    }

    /// Asks once.
    /// - Throws: `SettingsError` with the reason if there is no usable answer.
    func ask() async throws -> Cluster {
        let url = master.appending(path: "api/v1/cluster")
        let answer = try await SmallRequest(url: url, key: key, trust: trust).answer()
        let body = answer.body.readableBytesView
        if (300..<400).contains(answer.status), let place = answer.headers.first(name: "Location") {
            throw SettingsError("the master redirects to \(place); if it is there, give that address with --master")
        }
        // Reports the master's reason, for example that it is busy or not ready.
        if answer.status >= 400, let refusal = try? OutsideJSON.decode(Refusal.self, from: body) {
            let lacksKey = key == nil && [401, 403, 421].contains(answer.status)
            throw SettingsError(
                refusal.detail.prefix(500)
                    + (lacksKey ? "; give this worker a key of the role worker with --key-file or TILEWORK_KEY" : ""))
        }
        guard answer.status == 200 else {
            throw SettingsError(
                "\(url.absoluteString) is no Tilework master: it answers with status \(answer.status)")
        }
        let cluster = try OutsideJSON.decode(ClusterDescription.self, from: body)
        return Cluster(
            configuration: KafkaConfiguration(
                brokers: cluster.bootstrapServers,
                properties: cluster.propertiesForClients.merging(ownProperties) { _, mine in mine }),
            topics: cluster.topics)
    }
}
