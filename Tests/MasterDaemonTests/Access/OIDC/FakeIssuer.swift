import Foundation
import Logging
import Synchronization

@testable import MasterDaemon

/// An issuer in memory, with a clock that tests set.
final class FakeIssuer: IssuerTransport {
    struct Down: Error {}

    struct State {
        var signers: [TestSigner]
        var isDown = false
        var maximumAge: Double? = 3600
        var name = FakeIssuer.address
        /// The requested addresses.
        var requests: [String] = []
        var seconds = 0.0
        /// Awaited before each answer.
        var slow: (@Sendable () async -> Void)?
        /// The answer to the next exchange of a code.
        var exchange: (@Sendable (_ form: String, _ authorization: String?) -> IssuerAnswer)?
    }

    static let address = "https://login.example.org/realms/lab"

    let state: Mutex<State>

    init(_ signers: TestSigner...) { state = Mutex(State(signers: signers)) }

    /// - Parameter change: changes the settings.
    func issuer(_ change: (inout OIDCSettings) -> Void = { _ in }) -> Issuer {
        var settings = OIDCSettings(issuer: Self.address, audience: "tilework")
        change(&settings)
        return Issuer(
            settings, transport: self, logger: .silent, seconds: { [self] in state.withLock { $0.seconds } },
            date: { [self] in Self.date + state.withLock { $0.seconds } })
    }

    /// The time at the start of a test.
    static let date = Date(timeIntervalSince1970: 1_900_000_000)

    /// The claims of a token that is valid at `date`.
    static var claims: [String: Any] {
        [
            "iss": address, "aud": "tilework", "sub": "ada", "exp": 1_900_000_600, "iat": 1_900_000_000,
            "tilework_role": "operator",
        ]
    }

    var requestCount: Int { state.withLock { $0.requests.count } }

    func get(_ address: String) async throws -> IssuerAnswer {
        if let slow = state.withLock({ $0.slow }) { await slow() }
        return try state.withLock { state in
            state.requests.append(address)
            if state.isDown { throw Down() }
            if address.hasSuffix("/.well-known/openid-configuration") {
                let document = [
                    "issuer": state.name, "jwks_uri": "\(Self.address)/keys",
                    "authorization_endpoint": "\(Self.address)/auth?ui=plain",
                    "token_endpoint": "\(Self.address)/token",
                ]
                return IssuerAnswer(status: 200, body: Array(try JSONSerialization.data(withJSONObject: document)))
            }
            return IssuerAnswer(
                status: 200, maximumAge: state.maximumAge,
                body: try TestSigner.keySet(state.signers.map(\.publicKey)))
        }
    }

    func post(_ address: String, form: String, authorization: String?) async throws -> IssuerAnswer {
        let exchange = try state.withLock { state in
            state.requests.append(address)
            if state.isDown { throw Down() }
            return state.exchange
        }
        return exchange?(form, authorization) ?? IssuerAnswer(status: 400, body: [])
    }
}
