import HTTPTypes
import Hummingbird

/// What every answer tells browsers: to take it for nothing else than it says, and to run nothing of it. Pages have a
/// policy of their own.
struct SafeAnswers<Context: RequestContext>: RouterMiddleware {
    private static var policy: String { "default-src 'none'; frame-ancestors 'none'" }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.contentSecurityPolicy] == nil { response.headers[.contentSecurityPolicy] = Self.policy }
        return response
    }
}
