import HTTPTypes
import Hummingbird

/// Has browsers come by TLS alone from their first visit on (RFC 6797). Names below the master's own are not spoken for.
struct StrictTransport<Context: RequestContext>: RouterMiddleware {
    private static var value: String { "max-age=31536000" }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.strictTransportSecurity] = Self.value
        return response
    }
}
