import Foundation
import HTTPTypes
import Logging
import Synchronization

/// Verifies tokens of an issuer.
protocol TokenVerifier: Sendable {
    /// - Parameter token: a JWT in its compact form.
    /// - Returns: the principal that the token names, and when the token expires.
    /// - Throws: `ServiceError` with the reason if the token is not valid.
    func verify(_ token: String) async throws(ServiceError) -> (Principal, until: Date)
    /// How browsers log in at the issuer; `nil` if they cannot.
    var logIn: IssuerLogIn? { get }
}

extension TokenVerifier {
    var logIn: IssuerLogIn? { nil }
}

/// Decides who may use routes, files and the live channel.
///
/// A master without keys and without an issuer is open if `mayBeOpen` permits it: anybody who reaches it may do
/// everything.
final class Gate: Sendable {
    /// The keys, read once for each request, or why they cannot be read.
    typealias Look = Result<KeyLook, ServiceError>

    let keys: KeyStore
    let sessions = Sessions()
    let issuer: (any TokenVerifier)?
    let origins: OriginRule
    let hosts: HostRule
    let policy: JobPolicy
    let audit: AuditLog
    let limiter: RateLimiter
    /// The proxies whose `X-Forwarded-For` is trusted.
    let proxies: TrustedProxies
    /// The address at which browsers reach the master, without a slash at the end; `nil` to take it from each request.
    let publicURL: String?
    /// Whether browsers reach the master through TLS.
    let isSecure: Bool
    /// Whether the master may be open if it has no keys, because it listens on this machine only or an option permits
    /// it.
    let mayBeOpen: Bool
    private let attempts = Mutex(AttemptLimit())
    /// Seconds of a monotonic clock.
    private let now: @Sendable () -> Double

    init(
        keys: KeyStore, issuer: (any TokenVerifier)? = nil, origins: OriginRule, hosts: HostRule,
        policy: JobPolicy = JobPolicy(), audit: AuditLog, limiter: RateLimiter = RateLimiter(),
        proxies: TrustedProxies = TrustedProxies(), publicURL: String? = nil, isSecure: Bool = false, mayBeOpen: Bool,
        now: @escaping @Sendable () -> Double = Uptime.seconds
    ) {
        self.now = now
        self.keys = keys
        self.issuer = issuer
        self.origins = origins
        self.hosts = hosts
        self.policy = policy
        self.audit = audit
        self.limiter = limiter
        self.proxies = proxies
        self.publicURL = publicURL
        self.isSecure = isSecure
        self.mayBeOpen = mayBeOpen
    }

    /// The session cookie's name. Under TLS the prefix `__Host-` makes browsers refuse such a cookie from any other
    /// host.
    var cookieName: String { isSecure ? "__Host-tilework" : "tilework" }

    /// Reads the keys, once per request. All requests are refused if that fails.
    func look() -> Look {
        do {
            return .success(try keys.look())
        } catch {
            // The reason names files, so only the log has it.
            return .failure(
                ServiceError(
                    .notReady, "the master's keys cannot be read, so all requests are refused; its log says why"))
        }
    }

    /// Whether requests are accepted without a key.
    func isOpen(_ look: Look) throws(ServiceError) -> Bool {
        let hasKeys = try look.get().hasKeys
        return mayBeOpen && issuer == nil && !hasKeys
    }

    /// Admits a request, or throws why not.
    /// - Parameter isAgain: whether the caller was admitted before. A failure is then not counted as an attempt.
    /// - Returns: the caller; `nil` for routes that are open to anyone.
    func admit(
        _ caller: Caller, for need: Requirement, isAgain: Bool = false
    ) async throws(ServiceError) -> Principal? {
        let principal = try await identify(caller, for: need, look(), isAgain: isAgain)
        try check(principal, need)
        return principal
    }

    /// The first half of `admit`: identifies the caller, whatever their role.
    func identify(
        _ caller: Caller, for need: Requirement, _ look: Look, isAgain: Bool = false
    ) async throws(ServiceError) -> Principal? {
        if let token = caller.bearer, need != .anyone, try !isOpen(look) {
            // A key is proof enough, so its sender may call the master by any name: a page that attacks by DNS
            // rebinding has no key.
            let principal =
                isAgain
                ? try await find(String(token), look).0
                : try await principal(bearing: String(token), from: caller.address, look).0
            try checkOrigin(caller)
            return principal
        }
        guard hosts.allows(caller.host, ownAddress: caller.ownAddress) else { throw HostRule.refusal(caller.host) }
        try checkOrigin(caller)
        guard need != .anyone else { return nil }
        try checkPage(caller)
        if try isOpen(look) { return .anybody }
        guard let (_, basis) = session(of: caller) else {
            throw ServiceError(
                .unauthenticated,
                "a key is needed: send it as 'Authorization: Bearer tilework_…', or log in at /login with a browser")
        }
        // Usually not needed: browsers do not send the session's cookie from other sites, and they name the origin of a
        // change. This refuses changes from a browser that does neither.
        if caller.isChange, caller.origin == nil, caller.request.headerFields[.secFetchSite] != "same-origin" {
            throw ServiceError(
                .foreignOrigin,
                "a change with a session's cookie has to come from a page of this master; use a key instead")
        }
        return try principal(of: basis, look)
    }

    /// The principal that a token names.
    /// - Returns: the principal, and the basis for a session of this principal.
    func principal(
        bearing token: String, from address: String?, _ look: Look
    ) async throws(ServiceError) -> (Principal, Sessions.Basis) {
        do throws(ServiceError) {
            return try await find(token, look)
        } catch {
            try await countFailure(error, from: address)
            throw error
        }
    }

    /// Counts a wrong key or token, and delays the answer to addresses that send many.
    /// - Throws: `tooManyRequests` if there were too many.
    func countFailure(_ error: ServiceError, from address: String?) async throws(ServiceError) {
        guard error.code == .unauthenticated else { return }
        let answer = attempts.withLock { attempts in
            attempts.failed(address.map(AddressBlock.of) ?? "", in: address.flatMap(AddressBlock.network), now: now())
        }
        switch answer {
        case .reason(let seconds):
            if seconds > 0 { try? await Task.sleep(for: .seconds(seconds)) }
        case .tooMuch(let seconds): throw Self.tooManyFailures(seconds)
        }
    }

    /// Refuses an address that failed too often just now, before its next attempt costs anything.
    func checkFailures(from address: String?) throws(ServiceError) {
        let wait = attempts.withLock { $0.wait(address.map(AddressBlock.of) ?? "", now: now()) }
        guard wait == 0 else { throw Self.tooManyFailures(wait) }
    }

    private static func tooManyFailures(_ seconds: Double) -> ServiceError {
        ServiceError(
            .tooManyRequests, retryAfter: seconds,
            "too many wrong keys came from this address; try again in \(Int(seconds.rounded(.up))) s")
    }

    private func find(_ token: String, _ look: Look) async throws(ServiceError) -> (Principal, Sessions.Basis) {
        if let issuer, !token.hasPrefix(APIKey.prefix) {
            let (principal, end) = try await issuer.verify(token)
            return (principal, .token(principal, until: end))
        }
        let basis = Sessions.Basis.key(hash: APIKey.hash(of: token))
        do throws(ServiceError) {
            return (try principal(of: basis, look), basis)
        } catch {
            // The checksum matters only for an unknown key: it tells a mistyped key from a wrong one.
            guard error.code == .unauthenticated, APIKey(token) == nil else { throw error }
            throw ServiceError(
                .unauthenticated,
                "this is not a key of Tilework, or an incomplete one; keys begin with \(APIKey.prefix)")
        }
    }

    /// The session that a request belongs to, with the token of its cookie.
    func session(of caller: Caller) -> (token: Substring, basis: Sessions.Basis)? {
        caller.cookies(cookieName).lazy.compactMap { token in
            self.sessions.basis(of: token, now: Date()).map { (token, $0) }
        }.first
    }

    /// Ends the session that a request belongs to.
    func endSession(of caller: Caller) { for token in caller.cookies(cookieName) { sessions.end(token) } }

    /// Whether the basis of a session is still valid.
    func isGood(_ basis: Sessions.Basis, _ look: Look) -> Bool {
        switch basis {
        case .token: true
        case .key(let hash): (try? look.get().key(opening: hash, at: Date())) != nil
        }
    }

    private func principal(of basis: Sessions.Basis, _ look: Look) throws(ServiceError) -> Principal {
        switch basis {
        case .token(let principal, _): return principal
        case .key(let hash):
            let now = Date()
            guard let key = try look.get().key(opening: hash, at: now) else {
                throw ServiceError(
                    .unauthenticated, "the key is unknown, expired or revoked; ask an admin for another one")
            }
            keys.note(use: key, at: now)
            return Principal(kind: .key, name: key.name, role: key.role)
        }
    }

    /// The second half of `admit`: checks the role.
    func check(_ principal: Principal?, _ need: Requirement) throws(ServiceError) {
        guard need != .anyone else { return }
        guard let principal, need.isMet(by: principal.role) else {
            throw ServiceError(
                .forbidden,
                "this takes the role \(need.rawValue)"
                    + (principal.map { "; '\($0.name)' has the role \($0.role.rawValue)" } ?? ""))
        }
    }

    /// Refuses what a page of another site loads without a key, such as an image. Following a link from that page is
    /// allowed.
    private func checkPage(_ caller: Caller) throws(ServiceError) {
        guard caller.isCrossSite else { return }
        if let origin = caller.origin { return try checkOrigin(origin, caller) }
        throw ServiceError(
            .foreignOrigin, "a page of another site asks for this; open it by a link, or ask with a key")
    }

    private func checkOrigin(_ caller: Caller) throws(ServiceError) {
        guard caller.isChange || caller.isUpgrade, let origin = caller.origin else { return }
        try checkOrigin(origin, caller)
    }

    private func checkOrigin(_ origin: String, _ caller: Caller) throws(ServiceError) {
        let isOwnHost = hosts.allows(caller.host, ownAddress: caller.ownAddress)
        guard origins.allows(origin: origin, host: isOwnHost ? caller.host : nil, isSecure: isSecure) else {
            throw OriginRule.refusal(origin)
        }
    }
}
