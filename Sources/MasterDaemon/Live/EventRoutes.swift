import HTTPTypes
import Hummingbird
import TileCore

/// Answers requests for the live channel that are not upgraded.
struct EventRoutes: Sendable {
    func add(to api: GuardedRoutes) {
        api.get("events", for: .viewer, query: ["job"]) { request, context in
            if let job = request.uri.queryParameters["job"], JobID(rawValue: String(job)) == nil {
                throw ServiceError(.badRequest, "job is '\(job.prefix(60))', which is not the id of a job")
            }
            // A valid handshake comes here if the client has its maximum of channels. This call then throws that error.
            if request.headers[.secWebSocketKey] != nil { _ = try context.client?.beginChannel() }
            throw ServiceError(
                .upgradeRequired,
                "this is a WebSocket (RFC 6455, version 13); ask for it with the first request of a connection")
        }
    }
}
