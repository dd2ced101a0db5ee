import Foundation
import HTTPTypes
import Hummingbird

/// `/api/v1/sessions`: the caller's sessions. Admins see and end those of everyone.
struct OwnSessionRoutes: Sendable {
    let gate: Gate

    func add(to api: GuardedRoutes) {
        let sessions = api.group("sessions")
        sessions.get("", for: .viewer, query: ["principal"]) { request, context in
            let (owner, current) = (try Self.owner(request, context), own(request, context))
            let (look, now) = (context.look ?? gate.look(), Date())
            // Sessions of a revoked key have ended, but stay in memory until they are used. So they are filtered out.
            let active = gate.sessions.list(of: owner, now: now).filter { gate.isGood($0.basis, look) }
            return JSONBody.response(
                SessionList(
                    sessions: active.map { SessionView($0, isCurrent: $0.id == current) },
                    mayEndOthers: mayEndOthers(current, context, now)))
        }
        sessions.delete("", for: .viewer, as: .endSession, query: ["principal"]) { request, context in
            let (owner, current) = (try Self.owner(request, context), own(request, context))
            context.auditNote.set { $0.object = owner }
            try checkMayEnd(current, context)
            gate.sessions.end(of: owner) { $0 != current }
            return Response(status: .noContent)
        }
        sessions.delete(":session", for: .viewer, as: .endSession, query: ["principal"]) { request, context in
            let (owner, id) = (try Self.owner(request, context), try context.parameters.require("session"))
            context.auditNote.set { $0.object = "\(owner)/\(id.prefix(40))" }
            let current = own(request, context)
            if id != current { try checkMayEnd(current, context) }
            guard gate.sessions.end(of: owner, where: { $0 == id }) > 0 else {
                throw ServiceError(
                    .notFound, "'\(owner)' has no session '\(id.prefix(40))'; GET /api/v1/sessions lists them")
            }
            return Response(status: .noContent)
        }
    }

    /// The owner whose sessions are requested.
    private static func owner(_ request: Request, _ context: MasterContext) throws -> String {
        let asker = try context.asker()
        guard let name = request.uri.queryParameters["principal"].map(String.init), name != asker.name else {
            return asker.name
        }
        guard asker.role == .admin else {
            throw ServiceError(
                .forbidden, "sessions of others take the role admin; without 'principal' these are yours")
        }
        return name
    }

    /// The caller's own session; `nil` for a key or a token.
    private func own(_ request: Request, _ context: MasterContext) -> String? {
        guard context.caller(request).bearer == nil else { return nil }
        return gate.session(of: context.caller(request)).map { Sessions.id(of: $0.token) }
    }

    /// Whether the caller has authenticated recently. A key or token is sent with each request, so it always counts.
    private func mayEndOthers(_ current: String?, _ context: MasterContext, _ now: Date) -> Bool {
        guard let current, let name = context.principal?.name else { return true }
        let session = gate.sessions.list(of: name, now: now).first { $0.id == current }
        return session.map { now.timeIntervalSince($0.start) < Sessions.fresh } ?? true
    }

    private func checkMayEnd(_ current: String?, _ context: MasterContext) throws {
        guard !mayEndOthers(current, context, Date()) else { return }
        throw ServiceError(
            .forbidden,
            "log in again at /login?again first: other sessions can be ended for "
                + "\(Int(Sessions.fresh / 60)) minutes after a log-in")
    }
}

/// The answer of `GET /api/v1/sessions`.
struct SessionList: Encodable, Sendable {
    let sessions: [SessionView]
    /// Whether the caller's session is young enough to end others.
    let mayEndOthers: Bool

    enum CodingKeys: String, CodingKey {
        case sessions
        case mayEndOthers = "may_end_others"
    }
}

struct SessionView: Encodable, Sendable {
    let id: String
    let isCurrent: Bool
    let startedAt: Date
    let lastUsedAt: Date
    /// When the session ends if no further request comes.
    let endsAt: Date
    let address: String?
    let userAgent: String?

    enum CodingKeys: String, CodingKey {
        case id, address
        case isCurrent = "current"
        case startedAt = "started_at"
        case lastUsedAt = "last_used_at"
        case endsAt = "ends_at"
        case userAgent = "user_agent"
    }

    init(_ session: Sessions.Summary, isCurrent: Bool) {
        id = session.id
        self.isCurrent = isCurrent
        startedAt = session.start
        lastUsedAt = session.lastUse
        endsAt = min(session.lastUse + Sessions.idle, session.start + Sessions.longest)
        address = session.place.address
        userAgent = session.place.agent
    }
}
