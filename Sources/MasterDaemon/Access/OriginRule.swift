import Foundation

/// Which web pages may use the API. A browser says whose page makes a request; a page of someone else's could otherwise
/// send jobs to, or read along with, a master that its visitor can reach.
///
/// Programs send no origin and are not asked for one.
struct OriginRule: Sendable {
    /// As in `https://tiles.example.org`, beside the master's own.
    let others: Set<String>

    /// - Throws: if one is no origin.
    init(others: [String] = []) throws(ServiceError) {
        var known: Set<String> = []
        for text in others {
            let origin = text.trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "/"))).lowercased()
            guard Self.isOrigin(origin) else {
                throw ServiceError(
                    .startup, "--allow-origin '\(text)' is no origin; write it as in https://tiles.example.org:8443")
            }
            known.insert(origin)
        }
        self.others = known
    }

    /// Whether a text is an address of a host and nothing on it.
    static func isOrigin(_ text: String) -> Bool {
        guard let parts = URLComponents(string: text), ["http", "https"].contains(parts.scheme ?? "") else {
            return false
        }
        return parts.host?.isEmpty == false && parts.path.isEmpty && parts.query == nil && parts.user == nil
    }

    /// - Parameters:
    ///   - origin: the `Origin` header.
    ///   - host: how the client calls the master; `nil` if that is no name of the master.
    ///   - isSecure: the master speaks TLS, so that a page that came without is none of its own.
    func allows(origin: String, host: String?, isSecure: Bool = false) -> Bool {
        let origin = origin.lowercased()
        if others.contains(origin) { return true }
        guard let host = host?.lowercased() else { return false }
        return origin == "https://\(host)" || (!isSecure && origin == "http://\(host)")
    }

    /// The hosts of the other origins: pages of theirs may be served by a proxy that keeps the name.
    var hosts: [String] { others.compactMap { URLComponents(string: $0)?.host } }

    static func refusal(_ origin: String) -> ServiceError {
        ServiceError(
            .foreignOrigin,
            "pages of \(origin.prefix(200)) may not do this here; start the master with --allow-origin to permit it")
    }
}
