import HTTPTypes
import Hummingbird
import TileCore

/// What a request for the live channel gets that is not upgraded to it.
struct EventRoutes: Sendable {
    let origins: OriginRule

    func add(to api: RouterGroup<some RequestContext>) {
        api.get("events") { request, _ -> Response in
            if let origin = request.headers[.origin],
                !origins.allows(origin: origin, host: request.head.authority)
            {
                throw OriginRule.refusal(origin)
            }
            if let job = request.uri.queryParameters["job"], JobID(rawValue: String(job)) == nil {
                throw ServiceError(.badRequest, "job is '\(job.prefix(60))', which is no job's id")
            }
            throw ServiceError(
                .upgradeRequired,
                "this is a WebSocket (RFC 6455, version 13); ask for it with the first request of a connection")
        }
    }
}
