import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TileCore

@testable import MasterDaemon

/// Listing and ending sessions through the API.
@Suite(.timeLimit(.minutes(10))) struct OwnSessionRouteTests {
    private struct Answer: Decodable {
        struct Session: Decodable {
            let id: String
            let current: Bool
            let userAgent: String?

            enum CodingKeys: String, CodingKey {
                case id, current
                case userAgent = "user_agent"
            }
        }

        let sessions: [Session]
        let mayEndOthers: Bool

        enum CodingKeys: String, CodingKey {
            case sessions
            case mayEndOthers = "may_end_others"
        }
    }

    private static func key(_ gate: Gate, _ name: String, _ role: Role) throws -> String {
        try gate.keys.update { try $0.create(name, role: role, expiresAt: nil, now: Date.wholeSeconds()) }.text
    }

    /// Logs in as a browser does.
    /// - Returns: the header fields of the browser's later requests.
    private static func logIn(
        _ client: any TestClientProtocol, _ key: String, agent: String
    ) async throws -> HTTPFields {
        let answer = try await client.execute(
            uri: "/login", method: .post,
            headers: [.contentType: "application/x-www-form-urlencoded", .userAgent: agent],
            body: ByteBuffer(string: "key=\(key)"))
        let cookie = try #require(answer.headers[.setCookie]?.split(separator: ";").first)
        return [.cookie: String(cookie), .secFetchSite: "same-origin"]
    }

    private static func list(
        _ client: any TestClientProtocol, _ fields: HTTPFields, of principal: String? = nil
    ) async throws -> Answer {
        let answer = try await client.execute(
            uri: "/api/v1/sessions" + (principal.map { "?principal=\($0)" } ?? ""), method: .get, headers: fields)
        #expect(answer.status == .ok)
        return try JSONDecoder().decode(Answer.self, from: Data(answer.body.readableBytesView))
    }

    @Test func onesOwnAreListedAndEnded() async throws {
        try await withGatedMaster { client, _, gate, bench in
            let (ann, bob) = (try Self.key(gate, "ann", .viewer), try Self.key(gate, "bob", .operator))
            let here = try await Self.logIn(client, ann, agent: "Here/1")
            let there = try await Self.logIn(client, ann, agent: "There/1")
            let others = try await Self.logIn(client, bob, agent: "Bob/1")
            let found = try await Self.list(client, here)
            #expect(Set(found.sessions.compactMap(\.userAgent)) == ["Here/1", "There/1"] && found.mayEndOthers)
            #expect(found.sessions.filter(\.current).compactMap(\.userAgent) == ["Here/1"])
            let away = try #require(found.sessions.first { !$0.current }).id
            // Another user's session does not seem to exist. Only an admin may name its owner.
            let foreign = try await Self.list(client, others).sessions[0].id
            for (uri, status) in [
                ("/api/v1/sessions/\(foreign)", HTTPResponse.Status.notFound),
                ("/api/v1/sessions/\(foreign)?principal=bob", .forbidden),
                ("/api/v1/sessions?principal=bob", .forbidden),
            ] {
                let answer = try await client.execute(uri: uri, method: .delete, headers: here)
                #expect(answer.status == status, "\(uri)")
            }
            let ended = try await client.execute(uri: "/api/v1/sessions/\(away)", method: .delete, headers: here)
            #expect(ended.status == .noContent)
            #expect(try await client.execute(uri: "/api/v1/me", method: .get, headers: there).status == .unauthorized)
            #expect(try await client.execute(uri: "/api/v1/me", method: .get, headers: here).status == .ok)
            _ = try await Self.logIn(client, ann, agent: "More/1")
            _ = try await client.execute(uri: "/api/v1/sessions", method: .delete, headers: here)
            #expect(try await Self.list(client, here).sessions.map(\.current) == [true])
            #expect(try await Self.list(client, others).sessions.count == 1)
            let lines = try String(contentsOfFile: bench.service.files.path("audit.jsonl"), encoding: .utf8)
            #expect(lines.contains("\"action\":\"session.revoke\""))
            #expect(lines.contains("\"object\":\"ann/\(away)\"") && lines.contains("\"object\":\"ann\""), "owner")
        }
    }

    /// Someone who finds an open browser cannot lock its owner out of the other sessions.
    @Test func endingOtherSessionsNeedsARecentLogIn() async throws {
        try await withGatedMaster { client, _, gate, _ in
            let ann = try Self.key(gate, "ann", .viewer)
            let basis = Sessions.Basis.key(hash: APIKey.hash(of: ann))
            let token = gate.sessions.start(basis, of: "ann", now: Date() - Sessions.fresh - 1)
            _ = try await Self.logIn(client, ann, agent: "There/1")
            let fields: HTTPFields = [.cookie: "tilework=\(token)", .secFetchSite: "same-origin"]
            let found = try await Self.list(client, fields)
            #expect(!found.mayEndOthers)
            let other = try #require(found.sessions.first { !$0.current }).id
            for path in ["/\(other)", ""] {
                let answer = try await client.execute(
                    uri: "/api/v1/sessions\(path)", method: .delete, headers: fields)
                #expect(answer.status == .forbidden && String(buffer: answer.body).contains("/login?again"))
            }
            // The log-in form is also shown to a user who is logged in.
            let form = try await client.execute(uri: "/login?again", method: .get, headers: fields)
            #expect(form.status == .ok && String(buffer: form.body).contains("name=\"key\""))
            #expect(try await client.execute(uri: "/login", method: .get, headers: fields).status == .seeOther)
            // One's own session can be ended at any time.
            let own = Sessions.id(of: token)
            let answer = try await client.execute(uri: "/api/v1/sessions/\(own)", method: .delete, headers: fields)
            #expect(answer.status == .noContent)
        }
    }

    @Test func anAdminEndsThoseOfOthers() async throws {
        try await withGatedMaster { client, _, gate, _ in
            let root = try Self.key(gate, "root", .admin)
            let principal = Principal(kind: .token, name: "oidc:eve", role: .viewer)
            let token = gate.sessions.start(
                .token(principal, until: Date() + 600), of: principal.name, now: Date())
            let (admin, eve): (HTTPFields, HTTPFields) = (
                [.authorization: "Bearer \(root)"], [.cookie: "tilework=\(token)"]
            )
            #expect(try await Self.list(client, admin, of: "oidc:eve").sessions.count == 1)
            #expect(try await client.execute(uri: "/api/v1/me", method: .get, headers: eve).status == .ok)
            let answer = try await client.execute(
                uri: "/api/v1/sessions?principal=oidc:eve", method: .delete, headers: admin)
            #expect(answer.status == .noContent)
            #expect(try await client.execute(uri: "/api/v1/me", method: .get, headers: eve).status == .unauthorized)
        }
    }

    /// Sessions end with their key.
    @Test func thoseOfARevokedKeyAreNotListed() async throws {
        try await withGatedMaster { client, _, gate, _ in
            let (root, ann) = (try Self.key(gate, "root", .admin), try Self.key(gate, "ann", .viewer))
            _ = try await Self.logIn(client, ann, agent: "There/1")
            let admin: HTTPFields = [.authorization: "Bearer \(root)"]
            #expect(try await Self.list(client, admin, of: "ann").sessions.count == 1)
            try gate.keys.update { try $0.revoke("ann", now: Date.wholeSeconds()) }
            #expect(try await Self.list(client, admin, of: "ann").sessions.isEmpty)
        }
    }
}
