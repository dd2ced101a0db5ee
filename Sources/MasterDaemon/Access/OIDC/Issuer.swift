import Foundation
import Logging
import Synchronization
import TileCore

/// An OpenID issuer whose tokens are accepted. Its keys are fetched on demand and cached.
actor Issuer: TokenVerifier {
    /// What was fetched from the issuer.
    struct Known: Sendable {
        let document: IssuerDocument
        let keys: IssuerKeys
    }

    nonisolated let settings: OIDCSettings
    nonisolated let transport: any IssuerTransport
    private let logger: Logger
    /// Seconds of a monotonic clock.
    private let seconds: @Sendable () -> Double
    nonisolated let date: @Sendable () -> Date
    private var plan = FetchPlan()
    private var known: Known?
    private var fetching: Task<Void, Never>?
    /// How many requests wait for the current fetch.
    private var waiting = 0
    /// Why the last fetch failed; `nil` if it succeeded.
    private var lastFailure: String?

    init(
        _ settings: OIDCSettings, transport: (any IssuerTransport)? = nil, logger: Logger,
        seconds: @escaping @Sendable () -> Double = Uptime.seconds, date: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.settings = settings
        self.transport = transport ?? IssuerClient(trust: settings.trust)
        self.logger = logger
        self.seconds = seconds
        self.date = date
    }

    /// How many requests may wait for a fetch at once. The number is limited because anybody can send tokens with
    /// unknown key ids.
    static let mostWaiting = 100

    /// Limits exchanges of codes, because anyone can begin a log-in and so cause requests to the issuer.
    nonisolated let exchanges = Mutex(ExchangeLimit())

    nonisolated var logIn: IssuerLogIn? { settings.clientID.map { IssuerLogIn(issuer: self, clientID: $0) } }

    nonisolated func verify(_ token: String) async throws(ServiceError) -> (Principal, until: Date) {
        guard let audience = settings.audience else {
            throw ServiceError(.unauthenticated, "tokens are not accepted here; use a key, or log in with a browser")
        }
        return try await principal(of: token, TokenRules(issuer: settings.issuer, audience: audience))
    }

    /// The principal that a token names, checked by the rules for its kind.
    nonisolated func principal(
        of text: String, _ rules: TokenRules
    ) async throws(ServiceError) -> (Principal, until: Date) {
        let token = try CompactToken(text)
        var verdict = try await current().keys.verdict(on: token)
        // The issuer may have new keys, so they are fetched again.
        if verdict != .isSigned { verdict = try await current(isEnough: false).keys.verdict(on: token) }
        switch verdict {
        case .isSigned: break
        case .keyIsUnknown: throw CompactToken.refusal("no key of the issuer has signed it")
        case .isNotSigned: throw CompactToken.refusal("its signature is wrong")
        }
        let (subject, end) = try rules.subject(of: token.claims, now: date())
        guard let role = settings.roles.role(in: token.claims) else {
            throw ServiceError(
                .forbidden,
                "the issuer knows '\(subject)', but its claim '\(settings.roles.name)' gives no role here; ask an admin"
            )
        }
        return (Principal(kind: .token, name: "oidc:\(subject)", role: role), end)
    }

    /// The issuer's keys, fetched if that is useful. If the fetch fails, the cached ones are returned while they are
    /// valid.
    /// - Parameter isEnough: whether the known keys were sufficient.
    func current(isEnough: Bool = true) async throws(ServiceError) -> Known {
        if plan.isWanted(isEnough: isEnough, now: seconds()) {
            if fetching == nil, plan.isAllowed(now: seconds()) {
                plan.begin(now: seconds())
                // The fetch has a task of its own, so that it goes on when a waiting request is cancelled.
                fetching = Task { await self.fetch() }
            }
            if let fetching {
                guard waiting < Self.mostWaiting else {
                    throw ServiceError(
                        .notReady,
                        "too many requests wait for the keys of the issuer \(settings.issuer); try again in some seconds"
                    )
                }
                waiting += 1
                await fetching.value
                waiting -= 1
            }
        }
        guard let known, !plan.isStale(now: seconds()) else {
            guard self.known == nil else {
                throw ServiceError(
                    .notReady,
                    "the issuer \(settings.issuer) was not reached for a day, so its keys are not valid any more: "
                        + "\(lastFailure ?? "no answer"); keys still work")
            }
            throw ServiceError(
                .notReady,
                "the issuer \(settings.issuer) was not reached yet: \(lastFailure ?? "no answer"); keys still work")
        }
        return known
    }

    private func fetch() async {
        defer { fetching = nil }
        do {
            let description = try await transport.get(IssuerAddress.document(of: settings.issuer))
            let document = try IssuerDocument.read(try Self.content(description, "description"), of: settings.issuer)
            let answer = try await transport.get(document.keys)
            let keys = try await IssuerKeys(try Self.content(answer, "keys"))
            known = Known(document: document, keys: keys)
            plan.fetched(goodFor: answer.maximumAge, now: seconds())
            if lastFailure != nil { logger.notice("OIDC keys fetched again") }
            lastFailure = nil
        } catch {
            let reason = (error as? ServiceError)?.detail ?? IssuerTrust.words(error)
            if lastFailure != reason {
                logger.warning("OIDC keys not fetched", metadata: [LogKey.reason: "\(reason)"])
            }
            lastFailure = reason
        }
    }

    private static func content(_ answer: IssuerAnswer, _ what: String) throws(ServiceError) -> [UInt8] {
        guard answer.status == 200 else {
            throw ServiceError(.notReady, "the issuer answers \(answer.status) instead of its \(what)")
        }
        return answer.body
    }
}
