import Foundation

/// Checks the claims of a token whose signature is valid. Pure; the time is given.
struct TokenRules: Sendable {
    /// Seconds by which clocks may differ.
    static let leeway = 60.0
    static let longestSubject = 200

    let issuer: String
    /// The audience that the token must have.
    let audience: String
    /// The nonce of the log-in that the token belongs to; `nil` for a program's token.
    var nonce: String?

    /// - Returns: the token's subject, and when the token expires.
    /// - Throws: `unauthenticated` with the reason.
    func subject(of claims: [String: JSONValue], now: Date) throws(ServiceError) -> (String, until: Date) {
        guard claims["iss"]?.string == issuer else { throw CompactToken.refusal("it is from another issuer") }
        let audiences = claims["aud"]?.strings ?? []
        guard audiences.contains(audience) else { throw CompactToken.refusal("its audience is not this master") }
        guard let expiry = claims["exp"]?.number else { throw CompactToken.refusal("it does not say when it expires") }
        let end = Date(timeIntervalSince1970: min(expiry, 1e11)) + Self.leeway
        guard now < end else { throw CompactToken.refusal("it has expired") }
        if let claim = claims["nbf"] {
            guard let start = claim.number, now.timeIntervalSince1970 >= start - Self.leeway else {
                throw CompactToken.refusal("it is not valid yet")
            }
        }
        if let nonce { try check(nonce: nonce, claims, audiences) }
        guard let subject = claims["sub"]?.string, (1...Self.longestSubject).contains(subject.utf8.count),
            subject.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw CompactToken.refusal("its subject is not 1 to \(Self.longestSubject) printable ASCII characters")
        }
        return (subject, end)
    }

    /// The further checks of a log-in's token (OpenID Connect Core 1.0, 3.1.3.7).
    private func check(
        nonce: String, _ claims: [String: JSONValue], _ audiences: [String]
    ) throws(ServiceError) {
        guard claims["nonce"]?.string == nonce else { throw CompactToken.refusal("it belongs to another log-in") }
        let party = claims["azp"]
        guard party == nil || party?.string == audience, audiences.count == 1 || party != nil else {
            throw CompactToken.refusal("it was made for another program")
        }
    }
}
