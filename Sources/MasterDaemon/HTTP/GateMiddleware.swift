import HTTPTypes
import Hummingbird

/// Applies the gate to every request: counts it before routing, and checks the host name even if no route matches.
struct GateMiddleware: RouterMiddleware {
    let gate: Gate
    let routes: RouteTable

    func handle(
        _ request: Request, context: MasterContext, next: (Request, MasterContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.address = gate.proxies.client(of: request.head, from: context.address)
        let (caller, look) = (context.caller(request), gate.look())
        context.look = look
        context.client = try gate.countRequest(caller, look)
        do {
            // Without this check, the router would try a route that has a parameter at this place of the path.
            guard !routes.lacks(request.method, at: request.uri.path) else { throw HTTPError(.notFound) }
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            // This is the router's own error: guarded routes throw another type.
            _ = try await gate.identify(caller, for: .anyone, look)
            throw error
        }
    }
}
