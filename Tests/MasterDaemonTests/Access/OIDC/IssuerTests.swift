import Foundation
import Synchronization
import Testing

@testable import MasterDaemon

/// Tokens of an issuer that is reachable, unreachable, or has new keys.
@Suite struct IssuerTests {
    private let signer = TestSigner("one")

    /// - Returns: the name and role of the token's holder, or the reason of the refusal.
    private func outcome(_ issuer: Issuer, _ token: String) async -> String {
        do throws(ServiceError) {
            let (principal, _) = try await issuer.verify(token)
            return "\(principal.name) \(principal.role.rawValue)"
        } catch {
            return "\(error.code.rawValue): \(error.detail)"
        }
    }

    @Test(arguments: ["ES256", "EdDSA"]) func aGoodTokenNamesItsHolder(algorithm: String) async throws {
        let signer = TestSigner("k", algorithm: algorithm)
        let issuer = FakeIssuer(signer).issuer()
        let (principal, end) = try await issuer.verify(try signer.token(FakeIssuer.claims))
        #expect(principal == Principal(kind: .token, name: "oidc:ada", role: .operator))
        #expect(end == Date(timeIntervalSince1970: 1_900_000_660))
    }

    @Test func keysAreFetchedOnceForAll() async throws {
        let fake = FakeIssuer(signer)
        let (issuer, token) = (fake.issuer(), try signer.token(FakeIssuer.claims))
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { await outcome(issuer, token) } }
            for await answer in group { #expect(answer == "oidc:ada operator") }
        }
        #expect(fake.requestCount == 2)
    }

    @Test func unknownKeysCauseAFetch() async throws {
        let (fake, second) = (FakeIssuer(signer), TestSigner("two"))
        let issuer = fake.issuer()
        #expect(await outcome(issuer, try signer.token(FakeIssuer.claims)) == "oidc:ada operator")
        fake.state.withLock {
            $0.signers = [second]
            $0.seconds = 31
        }
        #expect(await outcome(issuer, try second.token(FakeIssuer.claims)) == "oidc:ada operator")
        // The old key is not in the new set.
        #expect(
            await outcome(issuer, try signer.token(FakeIssuer.claims))
                == "unauthenticated: the token is not valid: no key of the issuer has signed it")
        #expect(fake.requestCount == 4)
    }

    /// Tokens with made-up key ids cannot cause many requests to the issuer.
    @Test func unknownKeysAreLookedUpTwiceAMinuteAtMost() async throws {
        let fake = FakeIssuer(signer)
        let issuer = fake.issuer()
        _ = await outcome(issuer, try signer.token(FakeIssuer.claims))
        for second in 0..<120 {
            fake.state.withLock { $0.seconds = Double(second) }
            let token = try TestSigner("made-up-\(second)").token(FakeIssuer.claims)
            #expect(await outcome(issuer, token).hasPrefix("unauthenticated"))
        }
        #expect(fake.requestCount == 2 + 3 * 2)
    }

    @Test func keysAreKeptAsLongAsTheIssuerSays() async throws {
        for (age, after, count) in [
            (600.0, 599.0, 2), (600, 600, 4), (1, 299, 2), (1, 300, 4), (1e9, 86399, 2), (1e9, 86400, 4),
        ] {
            let fake = FakeIssuer(signer)
            fake.state.withLock { $0.maximumAge = age }
            let issuer = fake.issuer()
            var claims = FakeIssuer.claims
            claims["exp"] = 2_000_000_000
            _ = await outcome(issuer, try signer.token(claims))
            fake.state.withLock { $0.seconds = after }
            #expect(await outcome(issuer, try signer.token(claims)) == "oidc:ada operator")
            #expect(fake.requestCount == count, "\(age) \(after)")
        }
    }

    /// A token that is valid for longer than the keys are kept.
    private func lastingToken() throws -> String {
        var claims = FakeIssuer.claims
        claims["exp"] = 2_000_000_000
        return try signer.token(claims)
    }

    @Test func anIssuerThatIsAwayLeavesItsKeys() async throws {
        let fake = FakeIssuer(signer)
        let issuer = fake.issuer()
        let token = try lastingToken()
        _ = await outcome(issuer, token)
        fake.state.withLock {
            $0.isDown = true
            $0.seconds = 4000
        }
        for _ in 0..<5 { #expect(await outcome(issuer, token) == "oidc:ada operator") }
        #expect(fake.requestCount == 3)
    }

    @Test func anIssuerThatWasNeverReachedIsNamed() async throws {
        let fake = FakeIssuer(signer)
        fake.state.withLock { $0.isDown = true }
        let (issuer, token) = (fake.issuer(), try signer.token(FakeIssuer.claims))
        for _ in 0..<3 {
            #expect(
                await outcome(issuer, token).hasPrefix("not-ready: the issuer \(FakeIssuer.address) was not reached"))
        }
        #expect(fake.requestCount == 1)
        fake.state.withLock {
            $0.isDown = false
            $0.seconds = 5
        }
        #expect(await outcome(issuer, token) == "oidc:ada operator")
    }

    @Test func anIssuerOfAnotherNameIsNotBelieved() async throws {
        let fake = FakeIssuer(signer)
        fake.state.withLock { $0.name = "https://login.example.org/realms/other" }
        let answer = await outcome(fake.issuer(), try signer.token(FakeIssuer.claims))
        #expect(answer.contains("--oidc-issuer has to be exactly the same"))
    }

    @Test func withoutAnAudienceProgramsNeedKeys() async throws {
        let issuer = FakeIssuer(signer).issuer { $0.audience = nil }
        #expect(
            await outcome(issuer, try signer.token(FakeIssuer.claims))
                == "unauthenticated: tokens are not accepted here; use a key, or log in with a browser")
    }

    @Test func aHolderWithoutARoleIsForbidden() async throws {
        var claims = FakeIssuer.claims
        claims["tilework_role"] = "king"
        #expect(
            await outcome(FakeIssuer(signer).issuer(), try signer.token(claims))
                == "forbidden: the issuer knows 'ada', but its claim 'tilework_role' gives no role here; ask an admin")
    }

    /// An attacker who cuts off the issuer cannot keep withdrawn keys valid.
    @Test func keysOfADayAgoAreNotBelieved() async throws {
        let fake = FakeIssuer(signer)
        let issuer = fake.issuer()
        let token = try lastingToken()
        _ = await outcome(issuer, token)
        fake.state.withLock {
            $0.isDown = true
            $0.seconds = 86399
        }
        #expect(await outcome(issuer, token) == "oidc:ada operator")
        fake.state.withLock { $0.seconds = 86430 }
        #expect(
            await outcome(issuer, token).hasPrefix(
                "not-ready: the issuer \(FakeIssuer.address) was not reached for a day"))
        fake.state.withLock {
            $0.isDown = false
            $0.seconds = 86461
        }
        #expect(await outcome(issuer, token) == "oidc:ada operator")
    }

    /// Tokens with unknown keys wait for the issuer's answer. Made-up tokens do, too, so the number that wait is limited.
    @Test(.timeLimit(.minutes(10))) func fewWaitForAnIssuerThatIsSlow() async throws {
        let fake = FakeIssuer(signer)
        let issuer = fake.issuer()
        let token = try signer.token(FakeIssuer.claims)
        #expect(await outcome(issuer, token) == "oidc:ada operator")
        let (answers, answer) = AsyncStream<Void>.makeStream()
        fake.state.withLock {
            $0.seconds = 40
            $0.slow = { for await _ in answers {} }
        }
        let madeUp = try TestSigner("made-up").token(FakeIssuer.claims)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<(Issuer.mostWaiting + 50) { group.addTask { await outcome(issuer, madeUp) } }
            var refused = 0
            while refused < 50, let text = try await group.next() {
                #expect(text.hasPrefix("not-ready: too many requests wait"))
                refused += 1
            }
            // Known keys are accepted meanwhile.
            #expect(await outcome(issuer, token) == "oidc:ada operator")
            answer.finish()
            for try await text in group { #expect(text.hasPrefix("unauthenticated")) }
        }
    }
}
