import HTTPTypes
import Hummingbird

/// Makes browsers use TLS from their first visit on (RFC 6797). Subdomains are not included.
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
