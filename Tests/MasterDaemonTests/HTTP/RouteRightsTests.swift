import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import TileCore

@testable import MasterDaemon

/// Every route with every kind of caller. The routes come from the router's table, so new routes are tested without a
/// change here.
@Suite(.timeLimit(.minutes(10))) struct RouteRightsTests {
    private enum Holder: String, CaseIterable {
        case nobody, mistyped, unknown, revoked, expired, viewer, `operator`, admin, worker

        var role: Role? { Role(rawValue: rawValue) }
    }

    private struct Keys {
        var texts: [Holder: String] = [:]

        init(_ store: KeyStore) throws {
            let past = Date.wholeSeconds() - 100
            for role in Role.allCases {
                texts[try #require(Holder(rawValue: role.rawValue))] = try store.update {
                    try $0.create(role.rawValue, role: role, expiresAt: nil, now: past)
                }.text
            }
            texts[.revoked] = try store.update { ring in
                let key = try ring.create("revoked", role: .admin, expiresAt: nil, now: past)
                try ring.revoke("revoked", now: past)
                return key
            }.text
            texts[.expired] = try store.update {
                try $0.create("expired", role: .admin, expiresAt: past + 1, now: past)
            }.text
            texts[.mistyped] = texts[.admin].map { String($0.dropLast()) + ($0.hasSuffix("0") ? "1" : "0") }
            texts[.unknown] = APIKey().text
        }
    }

    private static func path(_ route: RouteTable.Route, job: JobID = .make()) -> String {
        route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part == ":id" ? "\(job)" : part.hasPrefix(":") || part == "**" ? "none" : String(part)
        }.joined(separator: "/")
    }

    private static func fields(_ key: String?) -> HTTPFields {
        var fields: HTTPFields = [.contentType: "image/png"]
        fields[.authorization] = key.map { "Bearer \($0)" }
        return fields
    }

    /// The header fields of a browser's session that began with a key.
    private static func fields(session key: String, by gate: Gate) -> HTTPFields {
        let token = gate.sessions.start(.key(hash: APIKey.hash(of: key)), of: "browser", now: Date())
        return [.contentType: "image/png", .cookie: "\(gate.cookieName)=\(token)", .secFetchSite: "same-origin"]
    }

    /// The router answers HEAD for every GET route.
    private static func methods(_ route: RouteTable.Route) -> [(HTTPRequest.Method, RouteTable.Route)] {
        route.method == .get ? [(.get, route), (.head, route)] : [(route.method, route)]
    }

    @Test func eachRouteLetsInWhoHasItsRoleAndNobodyElse() async throws {
        try await withGatedMaster { client, table, gate, _ in
            let keys = try Keys(gate.keys)
            #expect(table.all.count > 30)
            for (method, route) in table.all.flatMap(Self.methods) {
                for holder in Holder.allCases {
                    let response = try await client.execute(
                        uri: Self.path(route), method: method, headers: Self.fields(keys.texts[holder]))
                    let expected: [Int]? =
                        if route.need == .anyone {
                            nil
                        } else if let role = holder.role {
                            route.need.isMet(by: role) ? nil : [403]
                        } else if holder == .nobody {
                            // A browser is redirected to the log-in.
                            [401, 303]
                        } else {
                            // Further failures of an address with many failures are refused with 429.
                            [401, 429, 303]
                        }
                    let status = response.status.code
                    #expect(response.headers[.xContentTypeOptions] == "nosniff")
                    #expect(response.headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
                    #expect(response.headers[.resourcePolicy] == "same-origin")
                    let what: Comment = "\(method) \(route.path) for \(holder.rawValue): \(status)"
                    if let expected {
                        #expect(expected.contains(status), what)
                        if status == 303 {
                            #expect(response.headers[.location]?.hasPrefix("/login?next=%2F") == true, what)
                        }
                        if status == 401 { #expect(response.headers[.wwwAuthenticate] != nil, what) }
                    } else {
                        #expect(![401, 403, 429].contains(status) || route.path == "/login", what)
                    }
                }
            }
        }
    }

    private static func submit(_ client: any TestClientProtocol, _ key: String?) async throws -> JobID {
        let response = try await client.execute(
            uri: "/api/v1/jobs?transforms=invert", method: .post, headers: fields(key),
            body: ByteBuffer(bytes: try ServiceBench.image(1, 150)))
        #expect(response.status == .accepted)
        let object = try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any]
        let text = try #require(object?["job_id"] as? String)
        return try #require(JobID(rawValue: text))
    }

    /// With private jobs, another owner's job does not seem to exist, on every route that names a job.
    @Test(arguments: [true, false]) func othersJobs(isPrivate: Bool) async throws {
        try await withGatedMaster(isPrivate: isPrivate) { client, table, gate, bench in
            let keys = try Keys(gate.keys)
            let other = try gate.keys.update {
                try $0.create("other", role: .operator, expiresAt: nil, now: Date.wholeSeconds())
            }.text
            let mine = try await Self.submit(client, keys.texts[.operator])
            await bench.service.runner.settled(mine)
            let viewer = try #require(keys.texts[.viewer])
            for (holder, mayChange) in [
                (Self.fields(other), true), (Self.fields(session: other, by: gate), true),
                (Self.fields(viewer), false), (Self.fields(session: viewer, by: gate), false),
            ] {
                for (method, route) in table.all.filter({ $0.path.contains(":id") }).flatMap(Self.methods) {
                    let response = try await client.execute(
                        uri: Self.path(route, job: mine), method: method, headers: holder)
                    let what: Comment = "\(method) \(route.path): \(response.status.code), \(holder)"
                    if !mayChange, route.method != .get {
                        #expect(response.status == .forbidden, what)
                    } else if isPrivate {
                        #expect(response.status == .notFound, what)
                    } else if route.method == .delete {
                        #expect(response.status == .forbidden, what)
                    } else {
                        #expect(response.status != .notFound && response.status != .forbidden, what)
                    }
                }
            }
            func list(_ key: String?) async throws -> Int {
                let response = try await client.execute(uri: "/api/v1/jobs", method: .get, headers: Self.fields(key))
                let object =
                    try JSONSerialization.jsonObject(with: Data(response.body.readableBytesView)) as? [String: Any]
                return (object?["jobs"] as? [Any])?.count ?? -1
            }
            #expect(try await list(other) == (isPrivate ? 0 : 1))
            #expect(try await list(keys.texts[.operator]) == 1)
            #expect(try await list(keys.texts[.admin]) == 1)
            let deleted = try await client.execute(
                uri: "/api/v1/jobs/\(mine)", method: .delete, headers: Self.fields(keys.texts[.operator]))
            #expect(deleted.status == .noContent)
        }
    }

    /// Under TLS the cookie is not sent over a plain connection, and another host of the domain cannot set it.
    @Test(arguments: [true, false]) func theCookieOfASession(isSecure: Bool) async throws {
        try await withGatedMaster(isSecure: isSecure) { client, _, gate, _ in
            let keys = try Keys(gate.keys)
            let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
            let entered = try await client.execute(
                uri: "/login", method: .post, headers: form,
                body: ByteBuffer(string: "next=%2Fdashboard&key=\(keys.texts[.viewer] ?? "")"))
            #expect(entered.status == .seeOther && entered.headers[.location] == "/dashboard")
            let cookie = try #require(entered.headers[.setCookie])
            let attributes = Set(
                cookie.split(separator: ";").dropFirst().map { $0.trimmingCharacters(in: .whitespaces) })
            #expect(cookie.hasPrefix(isSecure ? "__Host-tilework=tilework_" : "tilework=tilework_"))
            #expect(
                attributes
                    == Set(["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=43200"] + (isSecure ? ["Secure"] : [])))
            let left = try await client.execute(uri: "/logout", method: .post, headers: form)
            #expect(left.headers[.setCookie]?.contains("Max-Age=0") == true)
            #expect(left.headers[.clearSiteData] == "\"cache\"")
        }
    }

    /// Two clients that use the same idempotency key each get their own job.
    @Test func anIdempotencyKeyIsItsOwners() async throws {
        try await withGatedMaster { client, _, gate, _ in
            let keys = try Keys(gate.keys)
            func submit(_ holder: Holder) async throws -> String? {
                var fields = Self.fields(keys.texts[holder])
                fields[HTTPField.Name("Idempotency-Key")!] = "order-1"
                return try await client.execute(
                    uri: "/api/v1/jobs?transforms=invert", method: .post, headers: fields,
                    body: ByteBuffer(bytes: try ServiceBench.image(1, 150))
                ).headers[.location]
            }
            let first = try await submit(.operator)
            let (again, others) = (try await submit(.operator), try await submit(.admin))
            #expect(first != nil && first == again && others != nil && others != first)
        }
    }

    /// Each change has a line, and no line contains a secret.
    @Test func theAuditLogTellsWhoDidWhat() async throws {
        try await withGatedMaster { client, _, gate, bench in
            let keys = try Keys(gate.keys)
            let job = try await Self.submit(client, keys.texts[.operator])
            await bench.service.runner.settled(job)
            for (holder, method) in [(Holder.viewer, HTTPRequest.Method.delete), (.operator, .delete)] {
                _ = try await client.execute(
                    uri: "/api/v1/jobs/\(job)", method: method, headers: Self.fields(keys.texts[holder]))
            }
            _ = try await client.execute(
                uri: "/api/v1/keys", method: .post, headers: Self.fields(keys.texts[.admin]),
                body: ByteBuffer(string: #"{"name":"new","role":"viewer","expires":"1d"}"#))
            await gate.audit.flush()
            let text = try String(contentsOfFile: "\(bench.service.files.root.path)/audit.jsonl", encoding: .utf8)
            let lines = try text.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            let told = lines.map { line in
                [line["action"], line["principal"], line["job"] ?? line["object"], line["status"]]
                    .map { $0.map { "\($0)" } ?? "-" }.joined(separator: " ")
            }
            #expect(
                told == [
                    "job.submit operator \(job) 202", "job.delete viewer \(job) 403", "job.delete operator \(job) 204",
                    "key.create admin new 201",
                ])
            #expect(!text.contains("tilework_"))
            #expect(lines.last?["granted_role"] as? String == "viewer")
            #expect(lines.last?["expires"] is String)
        }
    }

    /// `/readyz` tells supervisors that all requests are refused. The answers name no file.
    @Test func withoutItsKeysItIsNotReady() async throws {
        try await withGatedMaster { client, _, gate, bench in
            _ = try Keys(gate.keys)
            let before = try await client.execute(uri: "/readyz", method: .get)
            #expect(before.status == .ok)
            try Data("x".utf8).write(to: URL(filePath: "\(bench.service.files.root.path)/keys.json"))
            for path in ["/readyz", "/api/v1/jobs"] {
                let response = try await client.execute(uri: path, method: .get)
                #expect(response.status == .serviceUnavailable && response.headers[.retryAfter] != nil)
                #expect(!String(buffer: response.body).contains("/keys.json"))
            }
            let life = try await client.execute(uri: "/livez", method: .get)
            #expect(life.status == .ok)
        }
    }

    /// A client that keeps returning from the issuer with invalid data is delayed.
    @Test func invalidReturnsFromTheIssuerAreCounted() async throws {
        let issuer = FakeIssuer(TestSigner("one")).issuer { $0.clientID = "tiles" }
        try await withGatedMaster(issuer: issuer, now: { 0 }) { client, _, _, _ in
            func comeBack() async throws -> Int {
                try await client.execute(uri: "/login/oidc/callback?state=x&code=y", method: .get).status.code
            }
            for _ in 0..<10 {
                let status = try await comeBack()
                #expect(status == 401)
            }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await comeBack() } }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [401: 5, 429: 3])
        }
    }

    /// An expired key becomes valid again, because its jobs belong to it.
    @Test func anAdminRotatesAnExpiredKey() async throws {
        try await withGatedMaster { client, _, gate, _ in
            let keys = try Keys(gate.keys)
            func rotate(_ body: String) async throws -> TestResponse {
                try await client.execute(
                    uri: "/api/v1/keys/expired/rotate", method: .post, headers: Self.fields(keys.texts[.admin]),
                    body: ByteBuffer(string: body))
            }
            let refused = try await rotate("{}")
            #expect(refused.status == .conflict)
            let rotated = try await rotate(#"{"expires":"90d"}"#)
            #expect(rotated.status == .ok)
            #expect(String(buffer: rotated.body).contains(#""state":"active""#))
        }
    }
}
