import Crypto
import Foundation

/// One attempt of a browser to log in by the issuer. The browser keeps it in a cookie until it comes back.
///
/// All of it follows from a random secret, the time of its begin and the place to go to afterwards. The issuer gets `state`,
/// `nonce` and `challenge`, from which the secret does not follow; a browser that did not begin the log-in cannot end it. A
/// cookie with another begin is another attempt.
struct LogInAttempt: Sendable, Hashable {
    /// Seconds that people have for it.
    static let patience = 600

    private let secret: String
    /// Seconds since 1970.
    private let begin: Int
    /// Where to go afterwards.
    let next: String

    init(next: String, now: Date) {
        begin = Int(now.timeIntervalSince1970)
        var generator = SystemRandomNumberGenerator()
        secret = Base64URL.text((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
        self.next = next
    }

    /// - Parameter cookie: its value.
    /// - Returns: `nil` if it is none of ours.
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

    /// What comes back with the browser.
    var state: String { derived("state") }
    /// What comes back in the token.
    var nonce: String { derived("nonce") }
    /// Proves to the issuer that whoever exchanges the code has begun the log-in (RFC 7636).
    var verifier: String { derived("verifier") }
    var challenge: String { Base64URL.text(SHA256.hash(data: Data(verifier.utf8))) }

    /// Whether it is this attempt that comes back, in time. The time that it takes tells nothing of how much of it is right.
    func isOf(state: String, now: Date) -> Bool {
        // A clock can have been set back a little meanwhile.
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
