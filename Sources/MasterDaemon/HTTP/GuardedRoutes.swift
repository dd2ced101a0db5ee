import Foundation
import HTTPTypes
import Hummingbird
import TileCore

/// The one way to add a route. Each says who may use it, and a change says what the audit log calls it; the gate is
/// asked before the route's own code runs.
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
    ///   - action: for one that changes something all the same.
    ///   - names: the parameters that a query may have. Any other is refused.
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

    /// A page: whoever has to log in is led there, and back afterwards.
    func page(_ path: String, _ handler: @escaping Handler) {
        add(.get, path, .viewer, nil, .any, handler) { request in
            let place = request.uri.path + (request.uri.query.map { "?\($0)" } ?? "")
            return .redirect(to: "/login?next=\(IssuerAddress.encoded(place))", type: .normal)
        }
    }

    private func add(
        _ method: HTTPRequest.Method, _ path: String, _ need: Requirement, _ action: AuditEntry.Action?,
        _ names: QueryNames, _ handler: @escaping Handler, whoHasToLogIn: (@Sendable (Request) -> Response)? = nil
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
                // Of reading, only what somebody tried with a key that did not do, and nothing that was too much: else
                // anybody could fill the log.
                let hasTried = context.caller(request).sendsCredentials && error.code != .tooManyRequests
                if hasTried || (action != nil && error.exceeded == nil) {
                    Self.note(action ?? .refuse, request, context, error.code.status, in: gate.audit)
                }
                if error.code == .unauthenticated, let whoHasToLogIn { return whoHasToLogIn(request) }
                throw error
            }
            let request = context.announcing(request, isFar: need != .anyone)
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

    /// A handler's own 404 is not taken for the router's.
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
