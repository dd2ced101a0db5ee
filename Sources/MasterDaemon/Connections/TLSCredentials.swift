import Foundation
import NIOSSL

/// A certificate with its key, ready for new connections.
struct TLSCredentials: Sendable {
    let context: NIOSSLContext
    let expiry: Date
    let start: Date
    /// The host names in the certificate.
    let names: [String]

    /// The certificate's validity in time.
    enum Validity: Sendable, Hashable {
        case good
        /// It has expired.
        case expired
        case expiresSoon
        case notYet
    }

    /// Seconds before expiry at which a warning is logged.
    static let notice = 14.0 * 24 * 3600

    static func validity(from start: Date, to end: Date, at now: Date) -> Validity {
        if now >= end { return .expired }
        if now < start { return .notYet }
        return end.timeIntervalSince(now) < notice ? .expiresSoon : .good
    }

    func validity(at now: Date) -> Validity { Self.validity(from: start, to: expiry, at: now) }
}
