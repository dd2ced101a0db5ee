import Foundation
import Logging
import ServiceLifecycle
import TileCore

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Asks a master where its brokers are.
struct ClusterLookup: Sendable {
    let master: URL
    /// What it is asked with; `nil` for a master that is open.
    let key: String?
    /// Properties of this worker's own, over those that the master names.
    let ownProperties: [String: String]
    let logger: Logger

    /// Asks until the master answers; `nil` if the worker is to end before that.
    func find() async -> Cluster? {
        var lastReason: String?
        while true {
            do {
                return try await ask()
            } catch {
                let reason = (error as? SettingsError)?.description ?? error.localizedDescription
                if reason != lastReason {
                    logger.warning(
                        "no answer from the master at \(master.absoluteString) yet; asking until there is one",
                        metadata: [LogKey.reason: "\(reason)"])
                }
                lastReason = reason
            }
            guard await pause(seconds: 1) else { return nil }
        }
    }

    /// Returns true once the master names other brokers than `cluster`'s; false if the worker is to end.
    func waitForMove(from cluster: Cluster) async -> Bool {
        while await pause(seconds: 5) {
            if let now = try? await ask(), now != cluster { return true }
        }
        return false
    }

    private func pause(seconds: Double) async -> Bool {
        (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(seconds)) }) != nil
    }

    /// What a master says that does not answer.
    private struct Refusal: Decodable {
        let detail: String
    }

    private func ask() async throws -> Cluster {
        var request = URLRequest(url: master.appending(path: "api/v1/cluster"))
        request.timeoutInterval = 5
        if let key { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let http = response as? HTTPURLResponse else {
            throw SettingsError("\(request.url?.absoluteString ?? "") is no Tilework master")
        }
        if [401, 403, 421, 429].contains(http.statusCode),
            let refusal = try? OutsideJSON.decode(Refusal.self, from: data)
        {
            throw SettingsError(
                refusal.detail
                    + (key == nil ? "; give this worker one of the role worker with --key-file or TILEWORK_KEY" : ""))
        }
        guard http.statusCode == 200 else {
            throw SettingsError("\(request.url?.absoluteString ?? "") is no Tilework master")
        }
        let answer = try OutsideJSON.decode(ClusterDescription.self, from: data)
        return Cluster(
            configuration: KafkaConfiguration(
                brokers: answer.bootstrapServers,
                properties: answer.properties.merging(ownProperties) { _, mine in mine }),
            topics: answer.topics)
    }
}
