import Foundation

/// The addresses of an issuer: HTTPS, or HTTP on this machine.
enum IssuerAddress {
    /// - Returns: whether the address may be used for an issuer.
    static func isSafe(_ text: String) -> Bool {
        guard text.utf8.count <= 2000, let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.fragment == nil
        else { return false }
        let name = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        switch parts.scheme {
        case "https": return true
        // HTTP is accepted for tests, and for issuers on the master's own machine.
        case "http": return HostRule.isOfThisMachine(name)
        default: return false
        }
    }

    /// The address of the issuer's description (OpenID Connect Discovery 1.0, 4).
    static func document(of issuer: String) -> String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }

    /// Appends parameters to an address.
    static func adding(_ parameters: [(String, String)], to address: String) -> String {
        address + (address.contains("?") ? "&" : "?") + form(parameters)
    }

    /// Encodes parameters as `application/x-www-form-urlencoded`.
    static func form(_ parameters: [(String, String)]) -> String {
        parameters.map { "\($0.0)=\(encoded($0.1))" }.joined(separator: "&")
    }

    /// Percent-encodes all characters that have a meaning in addresses or forms.
    static func encoded(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
