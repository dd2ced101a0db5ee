import HTTPTypes
import Hummingbird

/// Security header fields of every answer: browsers must not guess another media type, run scripts of it, or embed it
/// in pages of other sites. Pages have a policy of their own.
enum SecurityHeaders {
    static let all: [(name: HTTPField.Name, value: String)] = [
        (.xContentTypeOptions, "nosniff"), (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        (.resourcePolicy, "same-origin"),
    ]

    /// Adds the fields that are missing.
    static func add(to fields: inout HTTPFields) {
        for (name, value) in all where fields[name] == nil { fields[name] = value }
    }
}

/// Adds the fields to all answers of routes. Answers without a route have them as well.
struct SecurityHeadersMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        SecurityHeaders.add(to: &response.headers)
        return response
    }
}
