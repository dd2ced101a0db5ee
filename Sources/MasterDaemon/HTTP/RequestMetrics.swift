import CoreMetrics
import Hummingbird
import TileCore

/// Counts requests by method, route and status, and measures their time. Requests without a route share one label, so
/// that clients cannot create an unlimited number of labels.
struct RequestMetrics: RouterMiddleware {
    let registry: MetricsRegistry

    func handle(
        _ request: Request, context: MasterContext, next: (Request, MasterContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let method = RouteTable.methods.contains(request.method) ? request.method.rawValue : "other"
        // `NotFound` is the router's name for requests without a route.
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
