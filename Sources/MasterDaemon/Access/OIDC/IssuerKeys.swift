import JWTKit
import TileCore

/// The public keys of an issuer, as its key set tells them (RFC 7517).
struct IssuerKeys: Sendable {
    /// Keys that are looked at; issuers have a few.
    static let most = 100

    /// What may be done with one key. A key that says for which algorithm it is has that one alone.
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

    /// - Parameter document: the key set. Keys that cannot be used are left out: secret ones, those for encryption, those
    ///   of unknown kinds.
    /// - Throws: if it is no key set, or no key of it can be used.
    init(_ document: [UInt8]) async throws(ServiceError) {
        guard let set = try? OutsideJSON.decode(KeySet.self, from: document) else {
            throw ServiceError(.notReady, "the issuer's keys are no key set (JWKS)")
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

    /// Whether the issuer has signed it.
    func verdict(on token: CompactToken) -> Verdict {
        // A token that does not say which key is tried with all that are of its kind.
        let candidates = keys.filter { token.keyID == nil || $0.id == token.keyID }
        guard !candidates.isEmpty else { return .keyIsUnknown }
        let isSigned = candidates.compactMap { $0.algorithms[token.algorithm] }.prefix(8).contains { algorithm in
            (try? algorithm.verify(token.signature, signs: token.signed)) ?? false
        }
        if isSigned { return .isSigned }
        return token.keyID == nil ? .keyIsUnknown : .isNotSigned
    }

    /// The algorithms that a key can be used with, by its kind and curve, and by what it says of itself.
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

    /// - Returns: `nil` if the key's numbers cannot be, or an RSA key has fewer than 2048 bits.
    private static func algorithm(_ name: String, _ fields: [String: JSONValue]) async -> (any JWTAlgorithm)? {
        // Of a key that has one, the private part is left out.
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
