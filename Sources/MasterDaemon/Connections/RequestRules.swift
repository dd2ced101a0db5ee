import HTTPTypes
import NIOHTTP1

/// Checks of a request's header beyond those of the parser (RFC 9112). Ambiguous requests are refused: behind a proxy
/// that reads them differently, they could smuggle in another request. Does no I/O.
enum RequestRules {
    /// Checks the header, and reduces an absolute target to its path.
    static func check(_ head: inout HTTPRequestHead) -> ServiceError? {
        let hosts = head.headers["Host"]
        guard hosts.count <= 1 else { return refusal("it has \(hosts.count) Host fields") }
        guard hosts.count == 1 || head.version == .http1_0 else { return refusal("it has no Host field") }
        let codings = head.headers["Transfer-Encoding"]
        if !codings.isEmpty {
            guard head.version != .http1_0 else { return refusal("HTTP/1.0 has no Transfer-Encoding") }
            guard codings.count == 1, codings[0].lowercased() == "chunked" else {
                return refusal("'chunked' alone is understood as its Transfer-Encoding")
            }
        }
        return checkTarget(&head, host: hosts.first)
    }

    private static func checkTarget(_ head: inout HTTPRequestHead, host: String?) -> ServiceError? {
        guard head.method != .CONNECT else { return refusal("this is not a proxy") }
        guard !head.uri.contains("#") else { return refusal("its target has a fragment") }
        if head.uri.hasPrefix("/") || (head.uri == "*" && head.method == .OPTIONS) { return nil }
        guard let scheme = ["http://", "https://"].first(where: { head.uri.lowercased().hasPrefix($0) }) else {
            return refusal("its target is not a path")
        }
        // An absolute address: its host takes precedence over `Host` (RFC 9112, 3.2.2). Clients send the same in both.
        let rest = head.uri.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard authority.lowercased() == host?.lowercased() else {
            return refusal("its target and its Host field name different hosts")
        }
        let path = rest.dropFirst(authority.utf8.count)
        head.uri = path.hasPrefix("/") ? String(path) : "/\(path)"
        return nil
    }

    /// Checks the header of an HTTP/2 request (RFC 9113, 8.3.1). NIO has already checked its lengths and fields.
    static func check(_ request: HTTPRequest) -> ServiceError? {
        guard request.headerFields.count <= HeaderLimits.fields else {
            return ServiceError(
                .headerTooLarge, "the header of the request has more than \(HeaderLimits.fields) fields")
        }
        guard request.method != .connect else { return refusal("this is not a proxy") }
        guard let authority = request.authority?.lowercased() else { return refusal("it has no :authority") }
        guard request.headerFields[values: .init("Host").unwrapped].allSatisfy({ $0.lowercased() == authority }) else {
            return refusal("its :authority and its Host field name different hosts")
        }
        guard let path = request.path, path.hasPrefix("/") || (path == "*" && request.method == .options),
            !path.contains("#")
        else { return refusal("its target is not a path") }
        return nil
    }

    private static func refusal(_ reason: String) -> ServiceError {
        ServiceError(.badRequest, "the request cannot be read: \(reason)")
    }
}
