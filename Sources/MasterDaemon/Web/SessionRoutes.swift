import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// Log-in and log-out of browsers. It works without scripts: a form, a cookie, a redirect.
struct SessionRoutes: Sendable {
    let gate: Gate
    /// A folder to read the page from, instead of the binary.
    let folder: String?

    func add(to routes: GuardedRoutes) {
        routes.get("login", for: .anyone, query: .any) { request, context in
            let next = Self.safePath(request.uri.queryParameters["next"].map(String.init))
            // A user who is logged in is sent on, unless they ask to log in again.
            let isAgain = request.uri.queryParameters["again"] != nil
            if !isAgain, (try? await gate.admit(context.caller(request), for: .viewer)) != nil {
                return .redirect(to: next, type: .normal)
            }
            return page(next: next)
        }
        routes.post("login", for: .anyone, as: .logIn) { request, context in try await logIn(request, context) }
        routes.post("logout", for: .anyone, as: .logOut) { request, context in
            let caller = context.caller(request)
            if !caller.cookies(gate.cookieName).isEmpty {
                let principal = try? await gate.admit(caller, for: .viewer, isAgain: true)
                context.auditNote.set { $0.principal = principal ?? nil }
                gate.endSession(of: caller)
            }
            var response = Response.redirect(to: "/login", type: .normal)
            response.headers[.setCookie] = cookie("", seconds: 0)
            // The browser also discards its cached pages and images.
            response.headers[.clearSiteData] = "\"cache\""
            return response
        }
    }

    private func logIn(_ request: Request, _ context: MasterContext) async throws -> Response {
        let fields = try await Self.form(request)
        let next = Self.safePath(fields["next"])
        let key = (fields["key"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        do throws(ServiceError) {
            let (principal, basis) = try await gate.principal(bearing: key, from: context.address, gate.look())
            context.auditNote.set { $0.principal = principal }
            try context.client?.of(principal).countRequestOfKey()
            guard Requirement.viewer.isMet(by: principal.role) else {
                throw ServiceError(
                    .forbidden, "this is the key of a worker; the pages take one of a viewer, operator or admin")
            }
            // A new session replaces the old one, because an attacker may have planted the old token (session fixation).
            gate.endSession(of: context.caller(request))
            var response = Response.redirect(to: next, type: .normal)
            response.headers[.setCookie] = cookie(
                gate.sessions.start(basis, of: principal.name, at: context.caller(request).place, now: Date()),
                seconds: Int(Sessions.longest))
            return response
        } catch {
            guard [.unauthenticated, .forbidden, .notReady, .tooManyRequests].contains(error.code) else { throw error }
            return page(next: next, failure: error)
        }
    }

    func cookie(_ value: String, seconds: Int) -> String {
        "\(gate.cookieName)=\(value); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)"
            + (gate.isSecure ? "; Secure" : "")
    }

    /// - Parameter failure: why the log-in failed.
    func page(next: String, failure error: ServiceError? = nil) -> Response {
        let failure = error.map {
            "<p class=\"notice\" data-kind=\"error\" role=\"alert\" id=\"failure\">\(Self.escaped($0.detail))</p>"
        }
        let template = folder.map { PageTemplate(WebPages.html(.login, .reading($0))) } ?? WebPages.logIn
        let html = template.filled([
            "issuer": gate.issuer?.logIn == nil ? "" : Self.issuerLink(next: next), "next": Self.escaped(next),
            "failure": failure ?? "",
        ])
        var headers = HTTPFields()
        headers[.cacheControl] = "no-store"
        headers[.contentSecurityPolicy] = WebPages.contentSecurityPolicy
        headers[.init("Referrer-Policy").unwrapped] = "same-origin"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentType] = "text/html; charset=utf-8"
        if let seconds = error?.retryAfter ?? (error?.code == .notReady ? 5 : nil) {
            headers[.retryAfter] = "\(Int(seconds.rounded(.up)))"
        }
        return Response(
            status: error?.code.status ?? .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    /// The link to log in through the issuer.
    private static func issuerLink(next: String) -> String {
        "<p class=\"login-issuer\"><a class=\"button\" id=\"issuer\" href=\"/login/oidc?next="
            + "\(escaped(IssuerAddress.encoded(next)))\">Log in with your organisation</a></p>"
    }

    /// Parses an `application/x-www-form-urlencoded` body.
    private static func form(_ request: Request) async throws -> [String: String] {
        let type = request.headers[.contentType]?.lowercased() ?? ""
        guard type.hasPrefix("application/x-www-form-urlencoded") else {
            throw ServiceError(.badRequest, "the log-in takes a form, application/x-www-form-urlencoded")
        }
        let text = String(buffer: try await request.body.small())
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1].replacing("+", with: " ") : ""
            fields[String(parts[0])] = value.removingPercentEncoding ?? ""
        }
        return fields
    }

    /// The page to open after the log-in: always a path of this master.
    static func safePath(_ text: String?) -> String {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"), !text.contains("\\"),
            text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F })
        else { return "/" }
        return text
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
