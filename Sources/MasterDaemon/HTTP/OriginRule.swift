import HTTPTypes
import Hummingbird

/// Which web pages may use the API: a browser sends along whose page makes a request, and a page of someone else's
/// could otherwise send jobs to, or read along with, a master that its visitor can reach.
///
/// Programs send no origin and are not asked for one.
struct OriginRule: Sendable {
    /// As in `https://tiles.example.org`, beside the master's own.
    let others: Set<String>

    init(others: [String] = []) {
        self.others = Set(others.map { $0.lowercased() })
    }

    /// - Parameters:
    ///   - origin: the `Origin` header.
    ///   - host: the `Host` header: how the client calls the master.
    func allows(origin: String?, host: String?) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if others.contains(origin) { return true }
        guard let host = host?.lowercased(), !host.isEmpty else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    static func refusal(_ origin: String) -> ServiceError {
        ServiceError(
            .foreignOrigin,
            "pages of \(origin.prefix(200)) may not do this here; --allow-origin on the master permits it")
    }
}

/// Refuses changes that pages of other origins ask for.
struct OriginMiddleware<Context: RequestContext>: RouterMiddleware {
    let rule: OriginRule

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let isChange = request.method != .get && request.method != .head
        if isChange, let origin = request.headers[.origin],
            !rule.allows(origin: origin, host: request.head.authority)
        {
            throw OriginRule.refusal(origin)
        }
        return try await next(request, context)
    }
}
