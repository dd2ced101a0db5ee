import HTTPTypes
import Hummingbird

/// Security header fields of every answer. They forbid browsers to guess a media type, to run scripts in an answer, and to
/// embed it in pages of other sites. Pages have another policy.
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
