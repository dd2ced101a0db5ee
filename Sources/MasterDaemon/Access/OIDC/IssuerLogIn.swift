import Foundation
import Synchronization
import TileCore

/// Log-in of browsers through the issuer: OpenID Connect's authorization code flow with PKCE.
struct IssuerLogIn: Sendable {
    let issuer: Issuer
    let clientID: String

    private struct Tokens: Decodable {
        let identity: String

        enum CodingKeys: String, CodingKey { case identity = "id_token" }
    }

    /// The address at which a browser logs in.
    /// - Parameter returnAddress: the address to which the issuer sends the browser back.
    func address(for attempt: LogInAttempt, returnAddress: String) async throws(ServiceError) -> String {
        guard let address = try await issuer.current().document.authorization else { throw Self.notOffered }
        return IssuerAddress.adding(
            [
                ("response_type", "code"), ("client_id", clientID), ("redirect_uri", returnAddress),
                ("scope", issuer.settings.scope), ("state", attempt.state), ("nonce", attempt.nonce),
                ("code_challenge", attempt.challenge), ("code_challenge_method", "S256"),
            ], to: address)
    }

    /// Completes a log-in.
    /// - Parameters:
    ///   - fields: the parameters with which the browser returns from the issuer.
    ///   - returnAddress: the same as in `address`.
    ///   - client: the browser's address.
    /// - Returns: the person who has logged in.
    func principal(
        _ fields: [String: String], of attempt: LogInAttempt?, returnAddress: String, from client: String?
    ) async throws(ServiceError) -> Principal {
        guard let attempt, let state = fields["state"], attempt.isOf(state: state, now: issuer.date()) else {
            throw ServiceError(
                .unauthenticated, "this log-in was not begun in this browser, or more than 10 minutes ago; begin again")
        }
        // Refuse an answer of an issuer that was not asked (RFC 9207).
        guard fields["iss"].map({ $0 == issuer.settings.issuer }) ?? true else {
            throw ServiceError(.unauthenticated, "another issuer has answered; begin again")
        }
        if let error = fields["error"] {
            let code = error.prefix(60).filter { $0.isASCII && ($0.isLetter || $0 == "_") }
            throw ServiceError(.unauthenticated, "the issuer has not let you in: \(code)")
        }
        guard let code = fields["code"], !code.isEmpty, code.utf8.count <= 4096 else {
            throw ServiceError(.unauthenticated, "the issuer has sent no code; begin again")
        }
        let token = try await exchange(code, attempt, returnAddress, client.map(AddressBlock.of) ?? "")
        let rules = TokenRules(issuer: issuer.settings.issuer, audience: clientID, nonce: attempt.nonce)
        return try await issuer.principal(of: token, rules).0
    }

    private func exchange(
        _ code: String, _ attempt: LogInAttempt, _ returnAddress: String, _ client: String
    ) async throws(ServiceError) -> String {
        guard issuer.exchanges.withLock({ $0.take(client) }) else {
            throw ServiceError(.notReady, "too many people log in at this moment; try again in some seconds")
        }
        defer { issuer.exchanges.withLock { $0.give(client) } }
        let document = try await issuer.current().document
        guard let address = document.token else { throw Self.notOffered }
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", returnAddress),
            ("code_verifier", attempt.verifier), ("client_id", clientID),
        ]
        var authorization: String?
        if let secret = issuer.settings.clientSecret {
            // The secret goes into the header, unless the issuer accepts it in the form only (RFC 6749, 2.3.1).
            if document.tokenMethods.map({ $0.contains("client_secret_basic") }) ?? true {
                let pair = "\(IssuerAddress.encoded(clientID)):\(IssuerAddress.encoded(secret))"
                authorization = "Basic \(Data(pair.utf8).base64EncodedString())"
            } else {
                form.append(("client_secret", secret))
            }
        }
        let answer: IssuerAnswer
        do {
            answer = try await issuer.transport.post(
                address, form: IssuerAddress.form(form), authorization: authorization)
        } catch {
            throw ServiceError(.notReady, "the issuer does not answer; try again in a moment")
        }
        guard answer.status == 200, let tokens = try? OutsideJSON.decode(Tokens.self, from: answer.body) else {
            throw ServiceError(.unauthenticated, "the issuer does not accept the code (\(answer.status)); begin again")
        }
        return tokens.identity
    }

    private static let notOffered = ServiceError(.notReady, "the issuer offers no log-in for browsers")
}
