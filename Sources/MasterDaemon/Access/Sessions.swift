import Foundation
import Synchronization

/// Browsers' sessions. They are in memory only, so people log in again after the master restarts.
final class Sessions: Sendable {
    /// Why a session is valid. Checked again with each request.
    enum Basis: Sendable, Hashable {
        /// The hash of a key's secret. The session ends when the key is revoked.
        case key(hash: String)
        /// An issuer's token, until it expires.
        case token(Principal, until: Date)
    }

    /// Where the log-in came from, as far as the browser can be trusted.
    struct Place: Sendable, Hashable {
        static let longestAgent = 300

        /// The client's address, without a port.
        let address: String?
        /// The browser's `User-Agent`, which can be false.
        let agent: String?

        init(address: String? = nil, agent: String? = nil) {
            self.address = address
            self.agent = agent.map { String($0.unicodeScalars.prefix(Self.longestAgent)) }
        }
    }

    /// A session as its owner sees it.
    struct Summary: Sendable, Hashable {
        /// Identifies the session, but grants no access.
        let id: String
        let basis: Basis
        let place: Place
        let start: Date
        let lastUse: Date
    }

    private struct Session {
        let basis: Basis
        /// The name of the principal.
        let owner: String
        let place: Place
        let start: Date
        var lastUse: Date
    }

    private struct State {
        /// By the hashes of their tokens.
        var sessions: [String: Session] = [:]
        /// The hashes of each principal's tokens.
        var byOwner: [String: [String]] = [:]
        /// The number of sessions at which ended ones are removed next.
        var sweepAt = 1000

        mutating func end(_ hash: String) {
            guard let session = sessions.removeValue(forKey: hash) else { return }
            let rest = byOwner[session.owner]?.filter { $0 != hash } ?? []
            byOwner[session.owner] = rest.isEmpty ? nil : rest
        }

        /// Removes ended sessions whenever the number has doubled, so that the cost of a log-in stays constant.
        mutating func sweep(_ now: Date) {
            guard sessions.count >= sweepAt else { return }
            for (hash, session) in sessions where Sessions.hasEnded(session, now) { end(hash) }
            sweepAt = max(1000, 2 * sessions.count)
        }
    }

    /// A session ends after this many seconds without a request.
    static let idle = 2.0 * 3600
    /// A session ends after this many seconds in any case.
    static let longest = 12.0 * 3600
    /// Seconds after a log-in within which the user may end other sessions. Afterwards, someone who finds the browser
    /// unattended cannot lock its owner out.
    static let fresh = 15.0 * 60
    /// Sessions of one principal at once. A further one ends the principal's least recently used session.
    static let most = 50

    private let state = Mutex(State())

    /// The number of sessions in memory.
    var count: Int { state.withLock { $0.sessions.count } }

    /// - Parameter owner: the name of the principal.
    /// - Returns: the token for the cookie. Only its hash is stored.
    func start(_ basis: Basis, of owner: String, at place: Place = Place(), now: Date) -> String {
        let token = APIKey().text
        let hash = APIKey.hash(of: token)
        state.withLock { state in
            state.sweep(now)
            let own = state.byOwner[owner] ?? []
            func lastUse(_ hash: String) -> Date {
                state.sessions[hash].map { Self.hasEnded($0, now) ? .distantPast : $0.lastUse } ?? .distantPast
            }
            if own.count >= Self.most, let oldest = own.min(by: { lastUse($0) < lastUse($1) }) { state.end(oldest) }
            state.sessions[hash] = Session(
                basis: basis, owner: owner, place: place, start: now, lastUse: now)
            state.byOwner[owner, default: []].append(hash)
        }
        return token
    }

    /// The basis of a session; `nil` if there is none, or it has ended. Counts as a use of the session.
    func basis(of token: some StringProtocol, now: Date) -> Basis? {
        let hash = APIKey.hash(of: token)
        return state.withLock { state in
            guard let session = state.sessions[hash] else { return nil }
            guard !Self.hasEnded(session, now) else {
                state.end(hash)
                return nil
            }
            state.sessions[hash]?.lastUse = now
            return session.basis
        }
    }

    func end(_ token: some StringProtocol) {
        let hash = APIKey.hash(of: token)
        state.withLock { $0.end(hash) }
    }

    // MARK: Sessions of a principal

    /// A session's id: the beginning of its token's hash.
    static func id(of token: some StringProtocol) -> String { id(hash: APIKey.hash(of: token)) }

    private static func id(hash: String) -> String { String(hash.prefix(16)) }

    /// A principal's sessions, most recently used first.
    func list(of owner: String, now: Date) -> [Summary] {
        state.withLock { state in
            (state.byOwner[owner] ?? []).compactMap { hash -> Summary? in
                guard let session = state.sessions[hash], !Self.hasEnded(session, now) else { return nil }
                return Summary(
                    id: Self.id(hash: hash), basis: session.basis, place: session.place, start: session.start,
                    lastUse: session.lastUse)
            }
        }.sorted { ($0.lastUse, $0.id) > ($1.lastUse, $1.id) }
    }

    /// Ends a principal's sessions that `isChosen` selects.
    /// - Returns: how many.
    @discardableResult
    func end(of owner: String, where isChosen: (_ id: String) -> Bool) -> Int {
        state.withLock { state in
            let chosen = (state.byOwner[owner] ?? []).filter { isChosen(Self.id(hash: $0)) }
            for hash in chosen { state.end(hash) }
            return chosen.count
        }
    }

    private static func hasEnded(_ session: Session, _ now: Date) -> Bool {
        if case .token(_, let end) = session.basis, end <= now { return true }
        return now.timeIntervalSince(session.lastUse) >= idle || now.timeIntervalSince(session.start) >= longest
    }
}
