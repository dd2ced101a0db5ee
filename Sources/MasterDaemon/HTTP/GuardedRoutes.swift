import Foundation
import HTTPTypes
import Hummingbird
import TileCore

/// The only way to add routes. Each route declares the role that it requires, and its action in the audit log if it
/// changes something. The gate is asked before the handler runs.
struct GuardedRoutes {
    typealias Handler = @Sendable (Request, MasterContext) async throws -> Response

    let gate: Gate
    let table: RouteTable
    private let router: Router<MasterContext>
    private let prefix: String

    init(_ router: Router<MasterContext>, gate: Gate, table: RouteTable, prefix: String = "") {
        self.router = router
        self.gate = gate
        self.table = table
        self.prefix = prefix
    }

    func group(_ path: String) -> GuardedRoutes {
        GuardedRoutes(router, gate: gate, table: table, prefix: "\(prefix)/\(path)")
    }

    /// - Parameters:
    ///   - action: the action in the audit log, for a GET that changes something.
    ///   - names: the parameters that the query may have. Others are refused.
    func get(
        _ path: String, for need: Requirement, as action: AuditEntry.Action? = nil, query names: QueryNames = .none,
        _ handler: @escaping Handler
    ) {
        add(.get, path, need, action, names, handler)
    }

    func post(
        _ path: String, for need: Requirement, as action: AuditEntry.Action, query names: QueryNames = .none,
        _ handler: @escaping Handler
    ) {
        add(.post, path, need, action, names, handler)
    }

    func delete(
        _ path: String, for need: Requirement, as action: AuditEntry.Action, query names: QueryNames = .none,
        _ handler: @escaping Handler
    ) {
        add(.delete, path, need, action, names, handler)
    }

    /// A page. Visitors who have to log in are redirected to the log-in page, and back afterwards.
    func page(_ path: String, _ handler: @escaping Handler) {
        add(.get, path, .viewer, nil, .any, handler) { request in
            let place = request.uri.path + (request.uri.query.map { "?\($0)" } ?? "")
            return .redirect(to: "/login?next=\(IssuerAddress.encoded(place))", type: .normal)
        }
    }

    private func add(
        _ method: HTTPRequest.Method, _ path: String, _ need: Requirement, _ action: AuditEntry.Action?,
        _ names: QueryNames, _ handler: @escaping Handler, onUnauthenticated: (@Sendable (Request) -> Response)? = nil
    ) {
        let path = path.isEmpty ? prefix : path == "/" ? "/" : "\(prefix)/\(path)"
        table.add(method, path, need, names)
        let handler: Handler = { request, context in
            try names.check(request.uri)
            return try await handler(request, context)
        }
        router.on(RouterPath(path), method: method) { [gate] request, context -> Response in
            var context = context
            do throws(ServiceError) {
                try await context.admit(request, for: need, by: gate)
            } catch {
                // A refused read is logged only if it had credentials and was not above a limit. Otherwise anybody
                // could fill the log.
                let hasTried = context.caller(request).sendsCredentials && error.code != .tooManyRequests
                if hasTried || (action != nil && error.exceeded == nil) {
                    Self.note(action ?? .refuse, request, context, error.code.status, in: gate.audit)
                }
                if error.code == .unauthenticated, let onUnauthenticated { return onUnauthenticated(request) }
                throw error
            }
            let request = context.announcing(request, hasLargeWindow: need != .anyone)
            guard let action else { return try await context.withLimits(Self.run(handler, request, context)) }
            do {
                let response = try await context.withLimits(Self.run(handler, request, context))
                Self.note(action, request, context, response.status, in: gate.audit)
                return response
            } catch {
                Self.note(
                    action, request, context, (error as? ServiceError)?.code.status ?? .internalServerError,
                    in: gate.audit)
                throw error
            }
        }
    }

    /// Turns a handler's `HTTPError` 404 into a `ServiceError`, because `GateMiddleware` would take it for the router's
    /// own error.
    private static func run(
        _ handler: Handler, _ request: Request, _ context: MasterContext
    ) async throws -> Response {
        do {
            return try await handler(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            throw ServiceError(.notFound, "there is nothing at \(request.uri.path)")
        }
    }

    private static func note(
        _ action: AuditEntry.Action, _ request: Request, _ context: MasterContext, _ status: HTTPResponse.Status,
        in log: AuditLog
    ) {
        let (facts, parameters) = (context.auditNote.facts, context.parameters)
        let principal = facts.principal ?? context.principal
        var entry = AuditEntry(action: action, principal: principal?.name)
        entry.role = principal?.role.rawValue
        entry.from = context.address
        entry.method = request.method.rawValue
        entry.path = request.uri.path
        entry.job = (facts.job ?? parameters.get("id").flatMap { JobID(rawValue: $0) })?.rawValue
        entry.object = facts.object ?? parameters.get("name")
        entry.grantedRole = facts.grantedRole?.rawValue
        entry.expires = facts.expires
        entry.status = status.code
        entry.request = context.requestID?.text
        entry.isBounded = principal == nil || status.code >= 400
        log.write(entry)
    }
}
