import CoreMetrics
import Hummingbird
import TileCore

/// Counts all requests by method, route and status, and how long they took. Requests that no route takes are one route, so
/// that nobody can make any number of them.
struct RequestMetrics: RouterMiddleware {
    let registry: MetricsRegistry

    func handle(
        _ request: Request, context: MasterContext, next: (Request, MasterContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let method = RouteTable.methods.contains(request.method) ? request.method.rawValue : "other"
        // The router's own word for requests that it has no route for.
        let route = context.endpointPath.flatMap { $0 == "NotFound" ? nil : $0 } ?? "none"
        Counter(
            label: MasterMetrics.httpRequests,
            dimensions: [("method", method), ("route", route), ("status", "\(response.status.code)")],
            factory: registry
        ).increment()
        Timer(
            label: MasterMetrics.httpDuration, dimensions: [("method", method), ("route", route)], factory: registry
        ).recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
        return response
    }
}
