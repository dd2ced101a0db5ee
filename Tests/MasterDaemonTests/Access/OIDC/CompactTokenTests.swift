import Crypto
import Foundation
import Testing

@testable import MasterDaemon

/// Invalid and forged tokens.
@Suite struct CompactTokenTests {
    private let signer = TestSigner("one")

    private func verdict(_ token: String, keys: [[String: String]]? = nil) async -> String {
        do throws(ServiceError) {
            let set = (try? TestSigner.keySet(keys ?? [signer.publicKey])) ?? []
            return "\(try await IssuerKeys(set).verdict(on: try CompactToken(token)))"
        } catch {
            return error.detail
        }
    }

    @Test func aGoodOneIsSigned() async throws {
        #expect(await verdict(try signer.token(FakeIssuer.claims)) == "isSigned")
        for type in ["at+jwt", "AT+JWT", "application/at+jwt", "JWT"] {
            #expect(await verdict(try signer.token(FakeIssuer.claims, header: ["typ": type])) == "isSigned")
        }
        #expect(await verdict(try signer.token(FakeIssuer.claims, header: ["typ": NSNull()])) == "isSigned")
        #expect(await verdict(try signer.token(FakeIssuer.claims, header: ["kid": NSNull()])) == "isSigned")
    }

    @Test(arguments: ["none", "None", "NONE", "HS256", "HS512", "RSA-OAEP", "ES256K", "dir", ""])
    func otherAlgorithmsAreRefused(algorithm: String) async throws {
        let token = try signer.token(FakeIssuer.claims, header: ["alg": algorithm])
        #expect(await verdict(token).contains("its algorithm is '\(algorithm)'"))
        let bare = String(token[...(token.lastIndex(of: ".") ?? token.startIndex)])
        #expect(await verdict(bare).contains("its algorithm is '\(algorithm)'"))
    }

    /// The token is signed by an HMAC with the public key as its secret. Some libraries have accepted such tokens.
    @Test func aPublicKeyIsNoSecret() async throws {
        let text =
            try TestSigner.part(["alg": "HS256", "kid": "one", "typ": "JWT"]) + "."
            + TestSigner.part(FakeIssuer.claims)
        for secret in [
            try JSONSerialization.data(withJSONObject: signer.publicKey), Data(signer.publicKey["x"]?.utf8 ?? "".utf8),
        ] {
            let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: secret))
            #expect(await verdict("\(text).\(Base64URL.text(code))").contains("algorithm"))
        }
    }

    /// A key is used with its own algorithm only, whatever the token says.
    @Test(arguments: ["ES384", "ES512", "RS256", "PS256", "EdDSA"])
    func aKeyIsUsedForItsOwnAlgorithm(algorithm: String) async throws {
        #expect(await verdict(try signer.token(FakeIssuer.claims, header: ["alg": algorithm])) == "isNotSigned")
    }

    @Test func aKeyInTheTokenIsNotLookedAt() async throws {
        let other = TestSigner("one")
        let token = try other.token(FakeIssuer.claims, header: ["jwk": other.publicKey])
        #expect(await verdict(token) == "isNotSigned")
        #expect(
            await verdict(try other.token(FakeIssuer.claims, header: ["kid": "two", "jwk": other.publicKey]))
                == "keyIsUnknown")
        #expect(
            await verdict(
                try other.token(FakeIssuer.claims, header: ["kid": "../../dev/null", "jku": "https://evil.example"]))
                == "keyIsUnknown")
    }

    @Test func anythingChangedBreaksTheSignature() async throws {
        let token = try signer.token(FakeIssuer.claims)
        let parts = token.split(separator: ".").map(String.init)
        var claims = FakeIssuer.claims
        claims["sub"] = "eve"
        #expect(await verdict("\(parts[0]).\(try TestSigner.part(claims)).\(parts[2])") == "isNotSigned")
        #expect(await verdict("\(parts[0]).\(parts[1]).") == "isNotSigned")
        #expect(
            await verdict("\(parts[0]).\(parts[1]).\(Base64URL.text(Array(repeating: 0, count: 64)))") == "isNotSigned")
        #expect(await verdict("\(parts[0]).\(parts[1]).\(parts[2])AAAA") == "isNotSigned")
    }

    @Test func extensionsAndOtherTypesAreRefused() async throws {
        let critical = try signer.token(FakeIssuer.claims, header: ["crit": ["b64"], "b64": false])
        #expect(await verdict(critical).contains("extensions"))
        for type in ["logout+jwt", "dpop+jwt", "secevent+jwt", "JWE", ""] {
            #expect(await verdict(try signer.token(FakeIssuer.claims, header: ["typ": type])).contains("token type"))
        }
    }

    @Test func garbageIsNoToken() async throws {
        let good = try signer.token(FakeIssuer.claims)
        let parts = good.split(separator: ".").map(String.init)
        for text in [
            "", ".", "..", "...", "a.b.c", "\(good).x", "\(parts[0]).\(parts[1])",
            "\(parts[0])=.\(parts[1]).\(parts[2])",
            " \(good)", "\(good)\n", "e30.e30.e30", "\(parts[0]).W10.\(parts[2])", "\(parts[0]).bnVsbA.\(parts[2])",
            "\(Base64URL.text([0xFF, 0xFE])).\(parts[1]).\(parts[2])",
        ] {
            #expect(await verdict(text).contains("it is not a signed token"), "\(text.prefix(40))")
        }
        var claims = FakeIssuer.claims
        claims["padding"] = String(repeating: "x", count: CompactToken.longest)
        #expect(await verdict(try signer.token(claims)).contains("more than 16384 bytes"))
        let deep = Base64URL.text(Array(String(repeating: "[", count: 6000).utf8))
        #expect(await verdict("\(parts[0]).\(deep).\(parts[2])").contains("not a signed token"))
    }

    @Test func onlyKeysForSignaturesAreUsed() async throws {
        let token = try signer.token(FakeIssuer.claims)
        for (field, value) in [
            ("use", "enc"), ("alg", "ES384"), ("alg", "ECDH-ES"), ("crv", "P-384"), ("kty", "oct"), ("y", "AAAA"),
        ] {
            var key = signer.publicKey
            key[field] = value
            #expect(
                await verdict(token, keys: [key]) == "the issuer has no key that can be used here", "\(field) \(value)")
        }
        // Unusable keys in the same set do no harm.
        let others = [["kty": "oct", "k": "c2VjcmV0", "kid": "one"], ["kty": "XYZ"], [:], signer.publicKey]
        #expect(await verdict(token, keys: others) == "isSigned")
        #expect(await verdict(token, keys: []).contains("no key"))
    }
}
