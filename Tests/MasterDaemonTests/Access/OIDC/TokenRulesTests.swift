import Foundation
import Testing

@testable import MasterDaemon

@Suite struct TokenRulesTests {
    private let start = 1_900_000_000.0

    /// - Returns: the subject, or the reason of the refusal.
    private func outcome(
        _ changes: [String: JSONValue?], nonce: String? = nil, after seconds: Double = 0
    ) -> String {
        var claims: [String: JSONValue] = [
            "iss": .string(FakeIssuer.address), "aud": .string("tilework"), "sub": .string("ada"),
            "exp": .number(start + 600),
        ]
        for (name, value) in changes { claims[name] = value }
        let rules = TokenRules(issuer: FakeIssuer.address, audience: "tilework", nonce: nonce)
        do throws(ServiceError) {
            return try rules.subject(of: claims, now: Date(timeIntervalSince1970: start + seconds)).0
        } catch {
            return error.code == .unauthenticated ? error.detail : "?"
        }
    }

    @Test func theIssuerIsTheSameToTheLetter() {
        #expect(outcome([:]) == "ada")
        for issuer in [FakeIssuer.address + "/", FakeIssuer.address.uppercased(), "https://evil.example", ""] {
            #expect(outcome(["iss": .string(issuer)]).contains("another issuer"))
        }
        #expect(outcome(["iss": .array([.string(FakeIssuer.address)])]).contains("another issuer"))
        #expect(outcome(["iss": nil]).contains("another issuer"))
    }

    @Test func theAudienceIsThisMasterAmongOthers() {
        #expect(outcome(["aud": .array([.string("other"), .string("tilework")])]) == "ada")
        for audience in [
            JSONValue.string("other"), .string("tilework2"), .array([]), .number(1), .null, .array([.number(1)]),
        ] {
            #expect(outcome(["aud": audience]).contains("audience is not this master"))
        }
        #expect(outcome(["aud": nil]).contains("audience is not this master"))
    }

    @Test func timesHaveAMinuteOfLeeway() {
        #expect(outcome([:], after: 659) == "ada")
        #expect(outcome([:], after: 660).contains("expired"))
        #expect(outcome(["exp": nil]).contains("does not say when it expires"))
        #expect(outcome(["exp": .string("1900000600")]).contains("does not say when it expires"))
        #expect(outcome(["exp": .number(.infinity)]).contains("does not say when it expires"))
        #expect(outcome(["exp": .number(-1e300)]).contains("expired"))
        #expect(outcome(["exp": .number(1e300)]) == "ada")
        #expect(outcome(["nbf": .number(start + 60)]) == "ada")
        #expect(outcome(["nbf": .number(start + 61)]).contains("not valid yet"))
        #expect(outcome(["nbf": .string("now")]).contains("not valid yet"))
    }

    @Test func subjectsArePrintable() {
        for subject in ["a", "auth0|5f7c8ec7c33c6c004bbafe82", String(repeating: "x", count: 200)] {
            #expect(outcome(["sub": .string(subject)]) == subject)
        }
        for subject in ["", "a b", "a\nb", "ädä", "a\u{0}", String(repeating: "x", count: 201)] {
            #expect(outcome(["sub": .string(subject)]).contains("subject"))
        }
        #expect(outcome(["sub": .number(1)]).contains("subject"))
        #expect(outcome(["sub": nil]).contains("subject"))
    }

    @Test func aLogInHasItsOwnToken() {
        #expect(outcome(["nonce": .string("n")], nonce: "n") == "ada")
        #expect(outcome(["nonce": .string("m")], nonce: "n").contains("another log-in"))
        #expect(outcome([:], nonce: "n").contains("another log-in"))
        let both = JSONValue.array([.string("tilework"), .string("other")])
        #expect(outcome(["nonce": .string("n"), "aud": both], nonce: "n").contains("another program"))
        #expect(outcome(["nonce": .string("n"), "aud": both, "azp": .string("tilework")], nonce: "n") == "ada")
        #expect(outcome(["nonce": .string("n"), "azp": .string("other")], nonce: "n").contains("another program"))
    }
}
