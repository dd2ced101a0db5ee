import Foundation
import NIOSSL

/// A certificate with its key, ready for connections.
struct TLSCredentials: Sendable {
    let context: NIOSSLContext
    let expiry: Date
    let start: Date
    /// The names of hosts in the certificate.
    let names: [String]

    /// Whether clients believe it, as far as time is concerned.
    enum Validity: Sendable, Hashable {
        case good
        /// It has expired, or does so within two weeks.
        case expired
        case expiresSoon
        case notYet
    }

    /// How long before its end a certificate is worth a word, in seconds.
    static let notice = 14.0 * 24 * 3600

    static func validity(from start: Date, to end: Date, at now: Date) -> Validity {
        if now >= end { return .expired }
        if now < start { return .notYet }
        return end.timeIntervalSince(now) < notice ? .expiresSoon : .good
    }

    func validity(at now: Date) -> Validity { Self.validity(from: start, to: expiry, at: now) }
}
