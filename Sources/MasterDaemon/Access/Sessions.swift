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

    /// Where somebody has logged in, as far as they can be believed.
    struct Place: Sendable, Hashable {
        static let longestAgent = 300

        /// The client's, without a port.
        let address: String?
        /// What the browser calls itself. It can say anything.
        let agent: String?

        init(address: String? = nil, agent: String? = nil) {
            self.address = address
            self.agent = agent.map { String($0.unicodeScalars.prefix(Self.longestAgent)) }
        }
    }

    /// A session as its owner sees it.
    struct Summary: Sendable, Hashable {
        /// Names the session, and opens nothing.
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
        /// By the hash of their tokens.
        var sessions: [String: Session] = [:]
        /// The hashes of each principal's.
        var byOwner: [String: [String]] = [:]
        /// With how many the ended ones are looked for next.
        var sweepAt = 1000

        mutating func end(_ hash: String) {
            guard let session = sessions.removeValue(forKey: hash) else { return }
            let rest = byOwner[session.owner]?.filter { $0 != hash } ?? []
            byOwner[session.owner] = rest.isEmpty ? nil : rest
        }

        /// Each time their number has doubled, so that it costs each log-in next to nothing.
        mutating func sweep(_ now: Date) {
            guard sessions.count >= sweepAt else { return }
            for (hash, session) in sessions where Sessions.hasEnded(session, now) { end(hash) }
            sweepAt = max(1000, 2 * sessions.count)
        }
    }

    /// Seconds without a request after which a session ends.
    static let idle = 2.0 * 3600
    /// Seconds after which it ends in any case.
    static let longest = 12.0 * 3600
    /// Seconds after a log-in in which other sessions of the same principal can be ended: whoever has found a browser open
    /// cannot lock its owner out.
    static let fresh = 15.0 * 60
    /// Sessions of one principal at once. With a further one, that of its own ends that was not used for the longest time.
    static let most = 50

    private let state = Mutex(State())

    /// How many are remembered.
    var count: Int { state.withLock { $0.sessions.count } }

    /// - Parameter owner: the name of the principal.
    /// - Returns: the token for the cookie. It is stored nowhere.
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

    /// What the session stands on, which is a use of it; `nil` if there is none, or it has ended.
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

    // MARK: Those of a principal

    /// The name of a session: of its token's hash as much as tells it from others.
    static func id(of token: some StringProtocol) -> String { id(hash: APIKey.hash(of: token)) }

    private static func id(hash: String) -> String { String(hash.prefix(16)) }

    /// A principal's sessions, the one that was used last first.
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

    /// Ends those of a principal's sessions that are chosen by their names.
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
