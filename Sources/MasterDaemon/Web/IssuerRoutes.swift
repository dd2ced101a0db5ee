import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// Log-in of browsers through the issuer. It works without scripts.
struct IssuerRoutes: Sendable {
    private static let path = "/login/oidc"

    let gate: Gate
    let sessions: SessionRoutes

    func add(to routes: GuardedRoutes) {
        routes.get("login/oidc", for: .anyone, query: .any) { request, _ in try await begin(request) }
        routes.get("login/oidc/callback", for: .anyone, as: .logIn, query: .any) { request, context in
            try await end(request, context)
        }
    }

    /// Sends the browser to the issuer, with a cookie that identifies the attempt.
    private func begin(_ request: Request) async throws -> Response {
        let logIn = try logIn()
        let next = SessionRoutes.safePath(request.uri.queryParameters["next"].map(String.init))
        let attempt = LogInAttempt(next: next, now: logIn.issuer.date())
        do throws(ServiceError) {
            var response = Response.redirect(
                to: try await logIn.address(for: attempt, returnAddress: try returnAddress(request)), type: .normal)
            response.headers[.setCookie] = cookie(attempt.cookie, seconds: LogInAttempt.patience)
            response.headers[.cacheControl] = "no-store"
            return response
        } catch {
            guard error.code == .notReady else { throw error }
            return sessions.page(next: next, failure: error)
        }
    }

    /// Completes the log-in when the browser returns.
    private func end(_ request: Request, _ context: MasterContext) async throws -> Response {
        let logIn = try logIn()
        let caller = context.caller(request)
        let attempt = caller.cookies(cookieName).lazy.compactMap { LogInAttempt(cookie: $0) }.first
        // The cookie's content cannot be trusted, so its target is checked.
        let next = SessionRoutes.safePath(attempt?.next)
        var fields: [String: String] = [:]
        for (name, value) in request.uri.queryParameters { fields[String(name)] = String(value) }
        var response: Response
        do throws(ServiceError) {
            let principal = try await principal(
                fields, of: attempt, logIn, returnAddress: try returnAddress(request), from: context.address)
            context.auditNote.set { $0.principal = principal }
            try context.client?.of(principal).countRequestOfKey()
            guard Requirement.viewer.isMet(by: principal.role) else {
                throw ServiceError(
                    .forbidden, "'\(principal.name)' has the role worker; the pages need viewer, operator or admin")
            }
            gate.endSession(of: caller)
            // The token is not needed any more, because the session has a separate expiry.
            let basis = Sessions.Basis.token(principal, until: Date() + Sessions.longest)
            response = Self.landing(next)
            response.headers[values: .setCookie].append(
                sessions.cookie(
                    gate.sessions.start(basis, of: principal.name, at: caller.place, now: Date()),
                    seconds: Int(Sessions.longest)))
        } catch {
            guard [.unauthenticated, .forbidden, .notReady, .tooManyRequests].contains(error.code) else { throw error }
            response = sessions.page(next: next, failure: error)
        }
        response.headers[values: .setCookie].append(cookie("", seconds: 0))
        return response
    }

    /// The person who has logged in. Refuses addresses with too many recent failures before the issuer is asked.
    /// Failures are counted and delayed as for wrong keys.
    private func principal(
        _ fields: [String: String], of attempt: LogInAttempt?, _ logIn: IssuerLogIn, returnAddress: String,
        from address: String?
    ) async throws(ServiceError) -> Principal {
        try gate.checkFailures(from: address)
        do throws(ServiceError) {
            return try await logIn.principal(fields, of: attempt, returnAddress: returnAddress, from: address)
        } catch {
            try await gate.countFailure(error, from: address)
            throw error
        }
    }

    private func logIn() throws(ServiceError) -> IssuerLogIn {
        guard let logIn = gate.issuer?.logIn else {
            throw ServiceError(.notFound, "people log in here with keys, at /login")
        }
        return logIn
    }

    private func returnAddress(_ request: Request) throws(ServiceError) -> String {
        if let own = gate.publicURL { return "\(own)\(Self.path)/callback" }
        // The gate has checked the Host already.
        guard let host = request.head.authority else {
            throw ServiceError(.badRequest, "the request has no Host")
        }
        return "\(gate.isSecure ? "https" : "http")://\(host)\(Self.path)/callback"
    }

    private var cookieName: String { gate.isSecure ? "__Host-tilework-login" : "tilework-login" }

    /// `SameSite=Lax`, because the browser returns from another site.
    private func cookie(_ value: String, seconds: Int) -> String {
        "\(cookieName)=\(value); Path=/; HttpOnly; SameSite=Lax; Max-Age=\(seconds)" + (gate.isSecure ? "; Secure" : "")
    }

    /// A page that opens the next one by itself. A redirect would count as navigation from the issuer's site, and the
    /// browser would not send the session's cookie, which is `SameSite=Strict`.
    private static func landing(_ next: String) -> Response {
        let address = SessionRoutes.escaped(next)
        let html = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="refresh" content="0; url=\(address)">
            <title>Logged in – Tilework</title>
            </head>
            <body><p>You are logged in. <a href="\(address)">Go on</a></p></body>
            </html>

            """
        var headers = HTTPFields()
        headers[.cacheControl] = "no-store"
        headers[.contentSecurityPolicy] = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
        headers[.init("Referrer-Policy").unwrapped] = "no-referrer"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentType] = "text/html; charset=utf-8"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }
}
