import TileCore

/// The issuer's description of itself (OpenID Connect Discovery 1.0, 3): the fields that are used here.
struct IssuerDocument: Sendable, Decodable {
    let issuer: String
    let keys: String
    /// The address at which people log in.
    let authorization: String?
    /// The address at which a code is exchanged for tokens.
    let token: String?
    /// The methods by which clients authenticate at that address.
    let tokenMethods: [String]?

    enum CodingKeys: String, CodingKey {
        case issuer
        case keys = "jwks_uri"
        case authorization = "authorization_endpoint"
        case token = "token_endpoint"
        case tokenMethods = "token_endpoint_auth_methods_supported"
    }

    /// - Throws: `notReady` if the bytes are not such a document, or describe another issuer.
    static func read(_ bytes: [UInt8], of issuer: String) throws(ServiceError) -> IssuerDocument {
        guard let document = try? OutsideJSON.decode(IssuerDocument.self, from: bytes) else {
            throw ServiceError(.notReady, "the issuer's description is not an OpenID configuration")
        }
        guard document.issuer == issuer else {
            throw ServiceError(
                .notReady,
                "the issuer calls itself '\(document.issuer.prefix(200))'; --oidc-issuer has to be exactly the same")
        }
        for address in [document.keys, document.authorization, document.token].compactMap(\.self) {
            guard IssuerAddress.isSafe(address) else {
                throw ServiceError(
                    .notReady, "the issuer names the address '\(address.prefix(200))', which is not https")
            }
        }
        return document
    }
}
