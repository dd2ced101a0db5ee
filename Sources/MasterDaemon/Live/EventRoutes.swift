import HTTPTypes
import Hummingbird
import TileCore

/// What a request for the live channel gets that is not upgraded to it.
struct EventRoutes: Sendable {
    func add(to api: GuardedRoutes) {
        api.get("events", for: .viewer, query: ["job"]) { request, context in
            if let job = request.uri.queryParameters["job"], JobID(rawValue: String(job)) == nil {
                throw ServiceError(.badRequest, "job is '\(job.prefix(60))', which is no job's id")
            }
            // What comes here with a key for the handshake was refused, perhaps because of this.
            if request.headers[.secWebSocketKey] != nil { _ = try context.client?.beginChannel() }
            throw ServiceError(
                .upgradeRequired,
                "this is a WebSocket (RFC 6455, version 13); ask for it with the first request of a connection")
        }
    }
}
