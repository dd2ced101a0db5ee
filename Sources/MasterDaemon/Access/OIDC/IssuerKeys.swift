import JWTKit
import TileCore

/// An issuer's public keys, from its key set (RFC 7517).
struct IssuerKeys: Sendable {
    /// The maximum number of keys that are read. Issuers have a few.
    static let most = 100

    /// The algorithms that one key may be used with. A key that names its algorithm is used with that one only.
    private struct Key: Sendable {
        let id: String?
        let algorithms: [String: any JWTAlgorithm]
    }

    private struct KeySet: Decodable {
        let keys: [JSONValue]
    }

    enum Verdict: Sendable, Hashable {
        case isSigned
        case keyIsUnknown
        case isNotSigned
    }

    private let keys: [Key]

    /// - Parameter document: the key set. Secret keys, encryption keys and keys of unknown kinds are ignored.
    /// - Throws: if the bytes are not a key set, or have no usable key.
    init(_ document: [UInt8]) async throws(ServiceError) {
        guard let set = try? OutsideJSON.decode(KeySet.self, from: document) else {
            throw ServiceError(.notReady, "the issuer's keys are not a key set (JWKS)")
        }
        var keys: [Key] = []
        for case .object(let fields) in set.keys.prefix(Self.most) {
            var algorithms: [String: any JWTAlgorithm] = [:]
            for name in Self.algorithms(of: fields) { algorithms[name] = await Self.algorithm(name, fields) }
            if !algorithms.isEmpty { keys.append(Key(id: fields["kid"]?.string, algorithms: algorithms)) }
        }
        guard !keys.isEmpty else { throw ServiceError(.notReady, "the issuer has no key that can be used here") }
        self.keys = keys
    }

    var count: Int { keys.count }

    /// Whether one of the keys has signed the token.
    func verdict(on token: CompactToken) -> Verdict {
        // A token without a key id is tried with every key of its kind.
        let candidates = keys.filter { token.keyID == nil || $0.id == token.keyID }
        guard !candidates.isEmpty else { return .keyIsUnknown }
        let isSigned = candidates.compactMap { $0.algorithms[token.algorithm] }.prefix(8).contains { algorithm in
            (try? algorithm.verify(token.signature, signs: token.signed)) ?? false
        }
        if isSigned { return .isSigned }
        return token.keyID == nil ? .keyIsUnknown : .isNotSigned
    }

    /// The algorithms that a key allows: by its kind and curve, restricted by its own fields.
    private static func algorithms(of fields: [String: JSONValue]) -> [String] {
        if let use = fields["use"]?.string, use != "sig" { return [] }
        if let operations = fields["key_ops"]?.strings, !operations.contains("verify") { return [] }
        let able: [String] =
            switch (fields["kty"]?.string, fields["crv"]?.string) {
            case ("RSA", _): ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
            case ("EC", "P-256"): ["ES256"]
            case ("EC", "P-384"): ["ES384"]
            case ("EC", "P-521"): ["ES512"]
            case ("OKP", "Ed25519"): ["EdDSA"]
            default: []
            }
        guard let own = fields["alg"] else { return able }
        return able.filter { $0 == own.string }
    }

    /// - Returns: `nil` if the key's numbers are not valid, or an RSA key has fewer than 2048 bits.
    private static func algorithm(_ name: String, _ fields: [String: JSONValue]) async -> (any JWTAlgorithm)? {
        // Only the public fields are read, even if the key includes its private part.
        let (id, algorithm) = (JWKIdentifier(string: "key"), JWK.Algorithm(rawValue: name))
        func text(_ field: String) -> String? { fields[field]?.string }
        let key: JWK =
            switch fields["kty"]?.string {
            case "RSA": .rsa(algorithm, identifier: id, modulus: text("n"), exponent: text("e"))
            case "EC":
                .ecdsa(
                    algorithm, identifier: id, x: text("x"), y: text("y"), curve: text("crv").flatMap(ECDSACurve.init))
            default:
                .octetKeyPair(
                    algorithm, identifier: id, x: text("x"), y: nil, curve: text("crv").flatMap(EdDSACurve.init))
            }
        let collection = JWTKeyCollection()
        guard (try? await collection.add(jwk: key)) != nil else { return nil }
        return try? await collection.getKey(for: id)
    }
}
