import Crypto
import Foundation

@testable import MasterDaemon

/// Signs tokens with Ed25519 or ECDSA on P-256, as an issuer does. It does not use the library under test.
struct TestSigner: Sendable {
    private enum Key: Sendable {
        case edwards(Curve25519.Signing.PrivateKey)
        case ecdsa(P256.Signing.PrivateKey)
    }

    let id: String
    let algorithm: String
    private let key: Key

    init(_ id: String, algorithm: String = "ES256") {
        self.id = id
        self.algorithm = algorithm
        key = algorithm == "EdDSA" ? .edwards(.init()) : .ecdsa(.init())
    }

    /// The public key, as an entry of a key set.
    var publicKey: [String: String] {
        switch key {
        case .edwards(let key):
            return [
                "kty": "OKP", "crv": "Ed25519", "kid": id, "use": "sig",
                "x": Base64URL.text(key.publicKey.rawRepresentation),
            ]
        case .ecdsa(let key):
            let bytes = Array(key.publicKey.rawRepresentation)
            return [
                "kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "x": Base64URL.text(bytes[..<32]),
                "y": Base64URL.text(bytes[32...]),
            ]
        }
    }

    /// - Parameter header: header fields in addition to the algorithm, or instead of it.
    func token(_ claims: [String: Any], header: [String: Any] = [:]) throws -> String {
        var head: [String: Any] = ["alg": algorithm, "kid": id, "typ": "JWT"]
        for (name, value) in header { head[name] = value is NSNull ? nil : value }
        let text = try Self.part(head) + "." + Self.part(claims)
        return text + "." + Base64URL.text(try sign(Data(text.utf8)))
    }

    private func sign(_ data: Data) throws -> Data {
        switch key {
        case .edwards(let key): try key.signature(for: data)
        case .ecdsa(let key): try key.signature(for: data).rawRepresentation
        }
    }

    static func part(_ value: Any) throws -> String {
        Base64URL.text(try JSONSerialization.data(withJSONObject: value))
    }

    static func keySet(_ keys: [[String: String]]) throws -> [UInt8] {
        Array(try JSONSerialization.data(withJSONObject: ["keys": keys]))
    }
}
