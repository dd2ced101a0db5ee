import Crypto
import Foundation

/// A browser's attempt to log in through the issuer. The browser keeps the attempt in a cookie until it returns from
/// the issuer.
///
/// It consists of a random secret, its start time and the page to open afterwards. The issuer gets `state`, `nonce` and
/// `challenge`. They are derived from all three, so a changed cookie no longer matches them. The secret cannot be
/// computed from them, so only the browser that began the log-in can complete it.
struct LogInAttempt: Sendable, Hashable {
    /// Seconds within which the log-in has to be completed.
    static let patience = 600

    private let secret: String
    /// Seconds since 1970.
    private let begin: Int
    /// The page to open after the log-in.
    let next: String

    init(next: String, now: Date) {
        begin = Int(now.timeIntervalSince1970)
        var generator = SystemRandomNumberGenerator()
        secret = Base64URL.text((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
        self.next = next
    }

    /// - Parameter cookie: the cookie's value.
    /// - Returns: `nil` if the value is not valid.
    init?(cookie: some StringProtocol) {
        let parts = cookie.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, Base64URL.bytes(parts[0])?.count == 32, let begin = Int(parts[1]),
            let next = Base64URL.bytes(parts[2])
        else { return nil }
        secret = String(parts[0])
        self.begin = begin
        self.next = String(decoding: next, as: UTF8.self)
    }

    var cookie: String { "\(secret).\(begin).\(Base64URL.text(next.utf8))" }

    /// The value that the browser brings back from the issuer.
    var state: String { derived("state") }
    /// The value that the issuer puts into the token.
    var nonce: String { derived("nonce") }
    /// Proves to the issuer that the code is exchanged by the client that began the log-in (RFC 7636).
    var verifier: String { derived("verifier") }
    var challenge: String { Base64URL.text(SHA256.hash(data: Data(verifier.utf8))) }

    /// Whether a state belongs to this attempt, and the attempt has not expired. Compares in constant time.
    func isOf(state: String, now: Date) -> Bool {
        // Allows for a clock that was set back a little.
        guard (-60...Double(Self.patience)).contains(now.timeIntervalSince1970 - Double(begin)) else { return false }
        let (mine, given) = (Array(self.state.utf8), Array(state.utf8))
        return mine.count == given.count && zip(mine, given).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func derived(_ purpose: String) -> String {
        let key = SymmetricKey(data: Data(secret.utf8))
        return Base64URL.text(
            HMAC<SHA256>.authenticationCode(for: Data("\(purpose)\n\(begin)\n\(next)".utf8), using: key))
    }
}
