import Crypto
import Foundation
import Synchronization
import Testing

@testable import MasterDaemon

@Suite struct IssuerLogInTests {
    private let signer = TestSigner("one")
    private let now = FakeIssuer.date
    private let back = "https://tiles.example.org/login/oidc/callback"

    private func query(_ address: String) -> [String: String] {
        let items = URLComponents(string: address)?.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { $1 })
    }

    @Test func theCookieBringsTheAttemptBack() throws {
        let attempt = LogInAttempt(next: "/jobs/x?a=b", now: now)
        #expect(LogInAttempt(cookie: attempt.cookie) == attempt)
        #expect(attempt.cookie.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ";") })
        #expect(LogInAttempt(next: "/", now: FakeIssuer.date) != LogInAttempt(next: "/", now: FakeIssuer.date))
        for wrong in ["", ".", "a.b", "a.b.c", "a.1.b", "\(attempt.cookie)=", attempt.state] {
            #expect(LogInAttempt(cookie: wrong) == nil)
        }
        // With another target it is another attempt, which the state does not fit.
        let parts = attempt.cookie.split(separator: ".")
        let other = try #require(
            LogInAttempt(cookie: "\(parts[0]).\(parts[1]).\(Base64URL.text("/other".utf8))"))
        #expect(!other.isOf(state: attempt.state, now: now))
    }

    /// An attempt expires after ten minutes, even if the browser keeps its cookie.
    @Test func anAttemptHasAnEnd() throws {
        let attempt = LogInAttempt(next: "/", now: now)
        #expect(attempt.isOf(state: attempt.state, now: now + 599))
        #expect(!attempt.isOf(state: attempt.state, now: now + 601))
        let parts = attempt.cookie.split(separator: ".")
        let later = try #require(LogInAttempt(cookie: "\(parts[0]).\(Int(parts[1]).map { $0 + 600 } ?? 0).\(parts[2])"))
        #expect(!later.isOf(state: attempt.state, now: now + 601), "with another start it is another attempt")
    }

    @Test func theIssuerIsAskedWithPKCE() async throws {
        let logIn = try #require(FakeIssuer(signer).issuer { $0.clientID = "tiles" }.logIn)
        let attempt = LogInAttempt(next: "/", now: FakeIssuer.date)
        let address = try await logIn.address(for: attempt, returnAddress: back)
        #expect(address.hasPrefix("\(FakeIssuer.address)/auth?ui=plain&response_type=code&"))
        let fields = query(address)
        #expect(fields["client_id"] == "tiles" && fields["redirect_uri"] == back && fields["scope"] == "openid")
        #expect(fields["state"] == attempt.state && fields["nonce"] == attempt.nonce)
        #expect(fields["code_challenge_method"] == "S256")
        #expect(fields["code_challenge"] == Base64URL.text(SHA256.hash(data: Data(attempt.verifier.utf8))))
        #expect(attempt.verifier.utf8.count == 43 && !address.contains(attempt.verifier))
        #expect(Set([attempt.state, attempt.nonce, attempt.verifier]).count == 3)
    }

    private struct Outcome {
        /// The person's name and role, or the reason of the refusal.
        var text = ""
        /// The form that was sent for the tokens.
        var form: [String: String] = [:]
        var authorization: String?
    }

    /// Completes a log-in.
    /// - Parameters:
    ///   - claims: claims of the token, in addition to the valid ones or instead of them.
    ///   - fields: fields from the browser, in addition to code and state or instead of them.
    private func end(
        claims changes: [String: String] = [:], fields: [String: String?] = [:], isOwn: Bool = true,
        secret: String? = nil
    ) async throws -> Outcome {
        let (fake, attempt) = (FakeIssuer(signer), LogInAttempt(next: "/", now: FakeIssuer.date))
        let logIn = try #require(
            fake.issuer {
                $0.clientID = "tiles"
                $0.clientSecret = secret
            }.logIn)
        var claims = FakeIssuer.claims
        (claims["aud"], claims["nonce"]) = ("tiles", attempt.nonce)
        for (name, value) in changes { claims[name] = value }
        let token = try signer.token(claims)
        let sent = SentForm()
        fake.state.withLock {
            $0.exchange = { form, authorization in
                sent.value.withLock { $0 = (form, authorization) }
                return IssuerAnswer(status: 200, body: Array("{\"id_token\":\"\(token)\"}".utf8))
            }
        }
        var given: [String: String] = ["code": "c0de", "state": attempt.state]
        for (name, value) in fields { given[name] = value }
        var outcome = Outcome()
        do throws(ServiceError) {
            let principal = try await logIn.principal(
                given, of: isOwn ? attempt : nil, returnAddress: back, from: "10.0.0.9")
            outcome.text = "\(principal.name) \(principal.role.rawValue)"
        } catch {
            outcome.text = error.detail
        }
        let (form, authorization) = sent.value.withLock { $0 }
        outcome.form = query("x:?\(form)")
        outcome.authorization = authorization
        if let verifier = outcome.form["code_verifier"] { #expect(verifier == attempt.verifier) }
        return outcome
    }

    private final class SentForm: Sendable {
        let value = Mutex<(String, String?)>(("", nil))
    }

    @Test func aCodeBecomesAPrincipal() async throws {
        let outcome = try await end()
        #expect(outcome.text == "oidc:ada operator")
        #expect(outcome.form["grant_type"] == "authorization_code" && outcome.form["code"] == "c0de")
        #expect(outcome.form["redirect_uri"] == back && outcome.form["client_id"] == "tiles")
        #expect(outcome.form["code_verifier"]?.isEmpty == false && outcome.authorization == nil)
    }

    /// The client's name and secret are in the header, each encoded by itself.
    @Test func theSecretIsSentIfThereIsOne() async throws {
        let outcome = try await end(secret: "s3:cr t")
        #expect(outcome.authorization == "Basic \(Data("tiles:s3%3Acr%20t".utf8).base64EncodedString())")
        #expect(outcome.form["client_secret"] == nil)
    }

    @Test func foreignLogInsAreRefused() async throws {
        for outcome in [
            try await end(isOwn: false), try await end(fields: ["state": "x"]),
            try await end(fields: ["state": nil]),
            try await end(fields: ["state": LogInAttempt(next: "/", now: FakeIssuer.date).state]),
        ] {
            #expect(outcome.text.contains("not begun in this browser") && outcome.form["code"] == nil)
        }
        #expect(try await end(fields: ["iss": "https://evil.example"]).text.contains("another issuer"))
        #expect(try await end(fields: ["iss": FakeIssuer.address]).text == "oidc:ada operator")
        #expect(try await end(fields: ["code": nil]).text.contains("no code"))
    }

    @Test func theTokenIsForThisLogIn() async throws {
        #expect(try await end(claims: ["nonce": "other"]).text.contains("another log-in"))
        #expect(try await end(claims: ["aud": "tilework"]).text.contains("audience is not this master"))
        #expect(try await end(claims: ["iss": "https://evil.example"]).text.contains("another issuer"))
        #expect(try await end(claims: ["tilework_role": "none"]).text.contains("gives no role"))
    }

    /// The issuer's error code is shown, without characters that could do harm.
    @Test func aRefusalIsShown() async throws {
        #expect(
            try await end(fields: ["error": "access_denied"]).text == "the issuer has not let you in: access_denied")
        #expect(try await end(fields: ["error": "<b>&"]).text == "the issuer has not let you in: b")
    }

    // MARK: Strangers

    @Test func simultaneousExchangesAreLimited() {
        var limit = ExchangeLimit()
        var taken = (0..<10).filter { _ in limit.take("a") }.count
        #expect(taken == ExchangeLimit.mostPerAddress)
        limit.give("a")
        taken = (0..<10).filter { _ in limit.take("a") }.count
        #expect(taken == 1)
        taken = (0..<100).filter { limit.take("address-\($0)") }.count
        #expect(taken == ExchangeLimit.most - ExchangeLimit.mostPerAddress)
    }
}
