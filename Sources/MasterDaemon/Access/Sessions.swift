import Foundation
import Synchronization

/// Log-ins of browsers. They are kept in memory: after a restart of the master people log in again.
final class Sessions: Sendable {
    /// What a session stands on, looked at again with each request.
    enum Basis: Sendable, Hashable {
        /// A key's secret, by its hash: if the key is revoked, the session has ended.
        case key(hash: String)
        /// What the issuer said, until its word expires.
        case token(Principal, until: Date)
    }

    private struct Session {
        let basis: Basis
        let start: Date
        var lastUse: Date
    }

    /// Seconds without a request after which a session ends.
    static let idle = 2.0 * 3600
    /// Seconds after which it ends in any case.
    static let longest = 12.0 * 3600
    /// Sessions at once. The one that was not used for the longest time goes first.
    static let capacity = 10_000

    private let sessions = Mutex<[String: Session]>([:])

    /// - Returns: the token for the cookie. It is stored nowhere.
    func start(_ basis: Basis, now: Date) -> String {
        let token = APIKey().text
        sessions.withLock { sessions in
            sessions = sessions.filter { !Self.hasEnded($0.value, now) }
            if sessions.count >= Self.capacity, let oldest = sessions.min(by: { $0.value.lastUse < $1.value.lastUse }) {
                sessions[oldest.key] = nil
            }
            sessions[APIKey.hash(of: token)] = Session(basis: basis, start: now, lastUse: now)
        }
        return token
    }

    /// What the session stands on; `nil` if there is none, or it has ended.
    /// - Parameter isUse: whether it is not idle from here on.
    func basis(of token: some StringProtocol, now: Date, isUse: Bool = true) -> Basis? {
        let hash = APIKey.hash(of: token)
        return sessions.withLock { sessions in
            guard var session = sessions[hash] else { return nil }
            guard !Self.hasEnded(session, now) else {
                sessions[hash] = nil
                return nil
            }
            if isUse {
                session.lastUse = now
                sessions[hash] = session
            }
            return session.basis
        }
    }

    func end(_ token: some StringProtocol) {
        sessions.withLock { $0[APIKey.hash(of: token)] = nil }
    }

    private static func hasEnded(_ session: Session, _ now: Date) -> Bool {
        if case .token(_, let end) = session.basis, end <= now { return true }
        return now.timeIntervalSince(session.lastUse) >= idle || now.timeIntervalSince(session.start) >= longest
    }
}
