import TileCore

/// A signed token in its compact form: three parts in base 64, separated by dots (RFC 7515, 7.1). Not verified yet.
struct CompactToken: Sendable {
    /// The longest accepted token, in bytes.
    static let longest = 16 << 10
    /// Accepted signature algorithms: those with a private key, which the master does not have. `none` and HMAC are
    /// excluded: `none` proves nothing, and an attacker could use the public key as the secret of an HMAC.
    static let algorithms: Set<String> = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ]
    /// Accepted types, in lower case: those that identify someone. Others, such as `logout+jwt`, have other purposes.
    private static let types: Set<String> = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]

    private struct Header: Decodable {
        let alg: String
        let kid: String?
        let typ: String?
        let crit: JSONValue?
    }

    let algorithm: String
    /// The id of the key that has signed the token.
    let keyID: String?
    let claims: [String: JSONValue]
    let signature: [UInt8]
    /// The bytes that are signed.
    let signed: [UInt8]

    /// - Throws: `unauthenticated` if the text is not a token, or not of an accepted kind.
    init(_ text: String) throws(ServiceError) {
        guard text.utf8.count <= Self.longest else { throw Self.refusal("it has more than \(Self.longest) bytes") }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64URL.bytes(parts[0]), let body = Base64URL.bytes(parts[1]),
            let signature = Base64URL.bytes(parts[2]), let header = try? OutsideJSON.decode(Header.self, from: head),
            let claims = try? OutsideJSON.decode([String: JSONValue].self, from: body)
        else { throw Self.refusal("it is not a signed token (JWT)") }
        guard Self.algorithms.contains(header.alg) else {
            throw Self.refusal("its algorithm is '\(header.alg.prefix(20))', which is not accepted")
        }
        guard header.typ.map({ Self.types.contains($0.lowercased()) }) ?? true else {
            throw Self.refusal("token type '\(header.typ?.prefix(40) ?? "")' is not accepted (JWT or at+jwt)")
        }
        guard header.crit == nil else { throw Self.refusal("it has extensions that are not understood") }
        algorithm = header.alg
        keyID = header.kid
        self.claims = claims
        self.signature = signature
        signed = Array("\(parts[0]).\(parts[1])".utf8)
    }

    static func refusal(_ reason: String) -> ServiceError {
        ServiceError(.unauthenticated, "the token is not valid: \(reason)")
    }
}
