import HTTPTypes
import Hummingbird

/// What every answer tells browsers: to take it for nothing else than it says, to run nothing of it, and to show it on no page
/// of others. Pages have a policy of their own.
enum SafeFields {
    static let all: [(name: HTTPField.Name, value: String)] = [
        (.xContentTypeOptions, "nosniff"), (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        (.resourcePolicy, "same-origin"),
    ]

    /// Adds those that are not there.
    static func add(to fields: inout HTTPFields) {
        for (name, value) in all where fields[name] == nil { fields[name] = value }
    }
}

/// Adds the fields to all answers of routes. Those that a connection gives by itself have them as well.
struct SafeAnswers<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        SafeFields.add(to: &response.headers)
        return response
    }
}
