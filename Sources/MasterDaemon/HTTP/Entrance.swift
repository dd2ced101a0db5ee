import HTTPTypes
import Hummingbird

/// What the gate does for every request, whatever becomes of it: counts it before a route is looked for, and checks the
/// name by which the master was called also if no route takes it.
struct Entrance: RouterMiddleware {
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
            // The router would go on to a route with a parameter there.
            guard !routes.lacks(request.method, at: request.uri.path) else { throw HTTPError(.notFound) }
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            // That of the router alone: guarded routes throw others.
            _ = try await gate.identify(caller, for: .anyone, look)
            throw error
        }
    }
}
