import Foundation
import HTTPTypes
import Hummingbird

/// Which web pages may use the API. A browser says whose page makes a request; a page of someone else's could otherwise
/// send jobs to, or read along with, a master that its visitor can reach.
///
/// Programs send no origin and are not asked for one.
struct OriginRule: Sendable {
    /// Names that nobody can buy: what they lead to is decided in the network itself.
    private static let privateSuffixes = [".local", ".localhost", ".lan", ".internal", ".home.arpa"]

    /// As in `https://tiles.example.org`, beside the master's own.
    let others: Set<String>

    /// - Throws: if one is no origin.
    init(others: [String] = []) throws(ServiceError) {
        var known: Set<String> = []
        for text in others {
            let origin = text.trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "/"))).lowercased()
            guard let parts = URLComponents(string: origin), ["http", "https"].contains(parts.scheme ?? ""),
                parts.host?.isEmpty == false, parts.path.isEmpty, parts.query == nil, parts.user == nil
            else {
                throw ServiceError(
                    .startup, "--allow-origin '\(text)' is no origin; write it as in https://tiles.example.org:8443")
            }
            known.insert(origin)
        }
        self.others = known
    }

    /// - Parameters:
    ///   - origin: the `Origin` header.
    ///   - host: the `Host` header: how the client calls the master.
    func allows(origin: String?, host: String?) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if others.contains(origin) { return true }
        guard let host = host?.lowercased(), Self.isOwn(host) else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    /// Whether a name can be the master's without being told so. A public name cannot: its owner may have it lead here
    /// for the sake of a page of theirs (DNS rebinding), and such a page is of the same origin as its requests.
    private static func isOwn(_ host: String) -> Bool {
        let isAddress6 = host.hasPrefix("[")
        let name = isAddress6 ? host : String(host.prefix { $0 != ":" })
        let isAddress4 = !name.isEmpty && name.allSatisfy { $0.isNumber || $0 == "." }
        let isPlain = !name.isEmpty && !name.contains(".")
        return isAddress6 || isAddress4 || isPlain || privateSuffixes.contains { name.hasSuffix($0) }
    }

    static func refusal(_ origin: String) -> ServiceError {
        ServiceError(
            .foreignOrigin,
            "pages of \(origin.prefix(200)) may not do this here; start the master with --allow-origin to permit it")
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
