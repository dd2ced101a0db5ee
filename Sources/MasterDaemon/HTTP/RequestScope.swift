import HTTPTypes
import Hummingbird
import Logging
import TileCore
import Tracing

/// Gives each request its id and its span: for the answer, the log lines of its task, and the job that it creates.
struct RequestScope: RouterMiddleware {
    let tracer: any Tracer

    /// Paths that machines poll. They get a span only if the request belongs to a trace.
    private static let quietPaths: Set = ["/livez", "/readyz", "/metrics"]

    func handle(
        _ request: Request, context: MasterContext, next: (Request, MasterContext) async throws -> Response
    ) async throws -> Response {
        let id = RequestID.of(request.headers[.requestID])
        var context = context
        context.requestID = id
        context.logger[metadataKey: LogKey.request] = "\(id)"
        var scope = ServiceContext.topLevel
        scope.requestID = id.text
        tracer.extract(request.headers, into: &scope, using: FieldsExtractor())
        var response = try await traced(request, context, scope, next)
        response.headers[.requestID] = id.text
        return response
    }

    private func traced(
        _ request: Request, _ context: MasterContext, _ scope: ServiceContext,
        _ next: (Request, MasterContext) async throws -> Response
    ) async throws -> Response {
        if scope.trace == nil, Self.quietPaths.contains(request.uri.path) {
            return try await ServiceContext.withValue(scope) { try await next(request, context) }
        }
        return try await tracer.withSpan(request.method.rawValue, context: scope, ofKind: .server) { span in
            let response = try await next(request, context)
            guard span.isRecording else { return response }
            // `NotFound` is the router's name for requests without a route.
            let route = context.endpointPath.flatMap { $0 == "NotFound" ? nil : $0 }
            if let route { span.operationName = "\(request.method.rawValue) \(route)" }
            span.updateAttributes { attributes in
                attributes["http.request.method"] = request.method.rawValue
                attributes["url.path"] = request.uri.path
                attributes["http.route"] = route
                attributes["http.response.status_code"] = response.status.code
                attributes["client.address"] = context.address
                attributes["user_agent.original"] = request.headers[.userAgent]
                attributes[SpanKey.request] = context.requestID?.text
            }
            if response.status.kind == .serverError { span.setStatus(SpanStatus(code: .error)) }
            return response
        }
    }
}

private struct FieldsExtractor: Extractor {
    func extract(key: String, from carrier: HTTPFields) -> String? {
        HTTPField.Name(key).flatMap { carrier[$0] }
    }
}
