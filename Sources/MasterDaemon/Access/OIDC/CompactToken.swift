import TileCore

/// A signed token as it is sent: three parts of base 64 with dots between (RFC 7515, 7.1). Nothing of it is believed yet.
struct CompactToken: Sendable {
    /// The longest token that is looked at, in bytes.
    static let longest = 16 << 10
    /// What signatures are taken: those of a private key, which the master does not have. No `none`, and no hash with a
    /// shared secret, for which a public key could be passed off.
    static let algorithms: Set<String> = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    ]
    /// Kinds of tokens that say who someone is, in lower case. Others have other purposes, as `logout+jwt`.
    private static let types: Set<String> = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]

    private struct Header: Decodable {
        let alg: String
        let kid: String?
        let typ: String?
        let crit: JSONValue?
    }

    let algorithm: String
    /// Which of the issuer's keys has signed it.
    let keyID: String?
    let claims: [String: JSONValue]
    let signature: [UInt8]
    /// What is signed.
    let signed: [UInt8]

    /// - Throws: `unauthenticated` if it is no token, or none of a kind that is taken.
    init(_ text: String) throws(ServiceError) {
        guard text.utf8.count <= Self.longest else { throw Self.refusal("it has more than \(Self.longest) bytes") }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64URL.bytes(parts[0]), let body = Base64URL.bytes(parts[1]),
            let signature = Base64URL.bytes(parts[2]), let header = try? OutsideJSON.decode(Header.self, from: head),
            let claims = try? OutsideJSON.decode([String: JSONValue].self, from: body)
        else { throw Self.refusal("it is no signed token (JWT)") }
        guard Self.algorithms.contains(header.alg) else {
            throw Self.refusal("its algorithm is '\(header.alg.prefix(20))', which is not taken")
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
        ServiceError(.unauthenticated, "the token is not good: \(reason)")
    }
}
