import Foundation

/// Decides which web pages may use the API. Without this rule, a page of any site could send jobs to a master, or read
/// from it, through its visitor's browser. Browsers report the origin of the page that makes a request.
///
/// Programs send no origin, and need none.
struct OriginRule: Sendable {
    /// Origins in addition to the master's own, such as `https://tiles.example.org`.
    let others: Set<String>

    /// - Throws: if one of them is not an origin.
    init(others: [String] = []) throws(ServiceError) {
        var known: Set<String> = []
        for text in others {
            let origin = text.trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "/"))).lowercased()
            guard Self.isOrigin(origin) else {
                throw ServiceError(
                    .startup,
                    "--allow-origin '\(text)' is not an origin; write it as in https://tiles.example.org:8443")
            }
            known.insert(origin)
        }
        self.others = known
    }

    /// Whether a text has a scheme and a host, and no path, query or user.
    static func isOrigin(_ text: String) -> Bool {
        guard let parts = URLComponents(string: text), ["http", "https"].contains(parts.scheme ?? "") else {
            return false
        }
        return parts.host?.isEmpty == false && parts.path.isEmpty && parts.query == nil && parts.user == nil
    }

    /// - Parameters:
    ///   - origin: the `Origin` header.
    ///   - host: how the client calls the master; `nil` if that is not one of the master's names.
    ///   - isSecure: whether the master speaks TLS. Then pages that came through plain HTTP are refused.
    func allows(origin: String, host: String?, isSecure: Bool = false) -> Bool {
        let origin = origin.lowercased()
        if others.contains(origin) { return true }
        guard let host = host?.lowercased() else { return false }
        return origin == "https://\(host)" || (!isSecure && origin == "http://\(host)")
    }

    /// The hosts of the other origins. A proxy that serves their pages may keep such a name in the `Host` header.
    var hosts: [String] { others.compactMap { URLComponents(string: $0)?.host } }

    static func refusal(_ origin: String) -> ServiceError {
        ServiceError(
            .foreignOrigin,
            "pages of \(origin.prefix(200)) may not do this here; start the master with --allow-origin to permit it")
    }
}
