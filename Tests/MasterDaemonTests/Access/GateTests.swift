import Foundation
import HTTPTypes
import Testing

@testable import MasterDaemon

@Suite struct GateTests {
    private let folder: TestFolder
    private let gate: Gate

    init() throws {
        folder = try TestFolder()
        gate = try .ofTest(folder.url.path)
    }

    private func key(_ role: Role, expires: Double? = nil) throws -> String {
        let now = Date.wholeSeconds()
        return try gate.keys.update {
            try $0.create("\(role.rawValue)", role: role, expiresAt: expires.map { now + $0 }, now: now)
        }.text
    }

    private func caller(
        _ method: HTTPRequest.Method = .get, host: String = "127.0.0.1:5000", origin: String? = nil,
        bearer: String? = nil,
        cookie: String? = nil, site: String? = nil, mode: String? = nil, dest: String? = nil,
        address: String = "10.0.0.9"
    ) -> Caller {
        var request = HTTPRequest(method: method, scheme: "http", authority: host, path: "/")
        request.headerFields[.origin] = origin
        request.headerFields[.authorization] = bearer.map { "Bearer \($0)" }
        request.headerFields[.cookie] = cookie.map { "a=b; \(gate.cookieName)=\($0)" }
        request.headerFields[.secFetchSite] = site
        request.headerFields[.secFetchMode] = mode
        request.headerFields[.secFetchDest] = dest
        return Caller(request: request, address: address, ownAddress: "127.0.0.1")
    }

    /// - Returns: the error's code, or the admitted caller's role.
    private func outcome(_ caller: Caller, _ need: Requirement = .viewer, by gate: Gate? = nil) async -> String {
        do throws(ServiceError) {
            return try await (gate ?? self.gate).admit(caller, for: need)?.role.rawValue ?? "nobody"
        } catch {
            return error.code.rawValue
        }
    }

    @Test func withoutKeysTheMasterIsOpen() async {
        for need in Requirement.allCases where need != .anyone { #expect(await outcome(caller(), need) == "admin") }
        #expect(await outcome(caller(.post), .admin) == "admin")
    }

    /// A page of another site cannot show the master's pages as an image, frame or object. A link to them is allowed.
    @Test(arguments: [
        ("cross-site", "no-cors", "image", "foreign-origin"), ("same-site", "no-cors", "image", "foreign-origin"),
        ("cross-site", "navigate", "iframe", "foreign-origin"), ("cross-site", "navigate", "object", "foreign-origin"),
        ("cross-site", "navigate", "document", "admin"), ("same-origin", "no-cors", "image", "admin"),
        ("none", "navigate", "document", "admin"),
    ])
    func pagesOfOthersShowNothing(site: String, mode: String, dest: String, expected: String) async throws {
        #expect(await outcome(caller(site: site, mode: mode, dest: dest)) == expected)
        let cookie = gate.sessions.start(
            .key(hash: APIKey.hash(of: try key(.admin))), of: "admin", now: Date())
        #expect(await outcome(caller(cookie: cookie, site: site, mode: mode, dest: dest)) == expected)
        #expect(await outcome(caller(bearer: "tilework_x", site: site, mode: mode, dest: dest)) == "unauthenticated")
    }

    /// A server at another port of the host can set a cookie of the same name.
    @Test func anotherCookieOfTheNameLocksNobodyOut() async throws {
        let cookie = gate.sessions.start(
            .key(hash: APIKey.hash(of: try key(.viewer))), of: "viewer", now: Date())
        #expect(await outcome(caller(cookie: "bad; \(gate.cookieName)=\(cookie)")) == "viewer")
    }

    @Test func theFirstKeyClosesTheMaster() async throws {
        _ = try key(.viewer)
        #expect(await outcome(caller()) == "unauthenticated")
        #expect(await outcome(caller(), .anyone) == "nobody")
    }

    @Test(arguments: Role.allCases) func aKeyOpensWhatItsRoleMay(role: Role) async throws {
        let key = try key(role)
        for need in Requirement.allCases where need != .anyone {
            let expected = need.isMet(by: role) ? role.rawValue : "forbidden"
            #expect(await outcome(caller(bearer: key), need) == expected)
        }
    }

    @Test func anExpiredOrRevokedKeyOpensNothing() async throws {
        let key = try key(.admin)
        #expect(await outcome(caller(bearer: key), .admin) == "admin")
        try gate.keys.update { try $0.revoke("admin", now: Date.wholeSeconds()) }
        #expect(await outcome(caller(bearer: key), .admin) == "unauthenticated")
    }

    @Test(arguments: ["Basic YTpi", "Bearer", "Bearer ", "bearer x", "tilework_1", ""])
    func otherCredentialsAreNone(text: String) async throws {
        _ = try key(.admin)
        var caller = caller()
        var request = caller.request
        request.headerFields[.authorization] = text
        caller = Caller(request: request, address: "10.0.0.9", ownAddress: "127.0.0.1")
        #expect(await outcome(caller) == "unauthenticated")
    }

    // MARK: Names and origins

    /// A page that attacks by DNS rebinding can read nothing, whether the master is open or not.
    @Test func aReboundNameIsRefused() async throws {
        #expect(await outcome(caller(host: "evil.example:5000")) == "unknown-host")
        #expect(await outcome(caller(host: "evil.example", bearer: "tilework_x")) == "unknown-host")
        #expect(await outcome(caller(host: "evil.example"), .anyone) == "unknown-host")
        let key = try key(.viewer)
        #expect(await outcome(caller(host: "evil.example:5000")) == "unknown-host")
        #expect(await outcome(caller(host: "evil.example:5000", bearer: key)) == "viewer")
    }

    @Test func aPageOfAnotherOriginChangesNothing() async throws {
        #expect(await outcome(caller(.post, origin: "http://evil.example"), .operator) == "foreign-origin")
        #expect(await outcome(caller(.post, origin: "null"), .operator) == "foreign-origin")
        #expect(await outcome(caller(.post, origin: "http://127.0.0.1:5000"), .operator) == "admin")
        #expect(await outcome(caller(origin: "http://evil.example")) == "admin", "it cannot read the answer")
        let key = try key(.operator)
        #expect(await outcome(caller(.post, origin: "http://evil.example", bearer: key), .operator) == "foreign-origin")
        #expect(await outcome(caller(.post, bearer: key), .operator) == "operator")
    }

    // MARK: Sessions

    private func session(_ role: Role) async throws -> String {
        let (_, basis) = try await gate.principal(bearing: try key(role), from: "10.0.0.9", gate.look())
        return gate.sessions.start(basis, of: role.rawValue, now: Date())
    }

    @Test func aSessionOpensWhatItsKeyDoes() async throws {
        let session = try await session(.operator)
        #expect(await outcome(caller(cookie: session), .operator) == "operator")
        #expect(await outcome(caller(cookie: session), .admin) == "forbidden")
        #expect(await outcome(caller(cookie: session + "0")) == "unauthenticated")
    }

    @Test func aSessionEndsWithItsKey() async throws {
        let session = try await session(.operator)
        try gate.keys.update { try $0.revoke("operator", now: Date.wholeSeconds()) }
        #expect(await outcome(caller(cookie: session)) == "unauthenticated")
    }

    @Test func aChangeByCookieComesFromAPageOfTheMaster() async throws {
        let session = try await session(.operator)
        func change(origin: String? = nil, site: String? = nil) async -> String {
            await outcome(caller(.post, origin: origin, cookie: session, site: site), .operator)
        }
        #expect(await change(origin: "http://127.0.0.1:5000") == "operator")
        #expect(await change(site: "same-origin") == "operator")
        #expect(await change() == "foreign-origin")
        #expect(await change(site: "same-site") == "foreign-origin")
        #expect(await change(origin: "http://evil.example", site: "cross-site") == "foreign-origin")
    }

    /// A user who watches a long job sends no requests. The live channel's regular checks count as use.
    @Test func anOpenLiveChannelIsUse() async throws {
        let (_, basis) = try await gate.principal(bearing: try key(.viewer), from: nil, gate.look())
        let session = gate.sessions.start(basis, of: "viewer", now: Date() - Sessions.idle + 60)
        let principal = try await gate.admit(caller(cookie: session), for: .viewer, isAgain: true)
        #expect(principal?.name == "viewer")
        #expect(gate.sessions.basis(of: session, now: Date() + Sessions.idle - 60) != nil)
    }

    // MARK: Guessing

    @Test func guessingIsDelayed() async throws {
        let key = try key(.viewer)
        // The gate's clock stands still, so the outcome does not depend on the speed of the machine.
        let gate = try Gate.ofTest(folder.url.path, now: { 0 })
        func outcome(_ caller: Caller) async -> String { await self.outcome(caller, by: gate) }
        for _ in 0..<10 { #expect(await outcome(caller(bearer: APIKey().text)) == "unauthenticated") }
        let start = ContinuousClock.now
        let outcomes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { await outcome(caller(bearer: APIKey().text)) } }
            // A valid key is admitted meanwhile without a delay.
            group.addTask { await outcome(caller(bearer: key)) }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes == ["unauthenticated": 5, "too-many-requests": 3, "viewer": 1])
        // The last of the five answers was delayed by 5 s.
        #expect(ContinuousClock.now - start >= .seconds(5))
    }

    @Test func unreadableKeysRefuseAllRequests() async throws {
        let key = try key(.admin)
        try Data("x".utf8).write(to: folder.url.appending(path: "keys.json"))
        #expect(await outcome(caller(bearer: key)) == "not-ready")
        #expect(await outcome(caller()) == "not-ready")
    }

    /// The answer names no file.
    @Test func onlyTheLogSaysWhyTheKeysCannotBeRead() async throws {
        try Data("x".utf8).write(to: folder.url.appending(path: "keys.json"))
        await #expect { try await gate.admit(caller(), for: .viewer) } throws: { error in
            let error = error as? ServiceError
            return error?.code == .notReady && error?.detail.contains(folder.url.path) == false
        }
    }

    /// A master that listens on the network stays closed even if all keys are removed from its file.
    @Test func withoutItsKeysAMasterOfTheNetworkStaysClosed() async throws {
        let gate = try Gate.ofTest(folder.url.path, mayBeOpen: false)
        let key = try key(.admin)
        #expect(await outcome(caller(bearer: key), .admin, by: gate) == "admin")
        try gate.keys.update { $0 = KeyRing() }
        #expect(await outcome(caller(), by: gate) == "unauthenticated")
        #expect(await outcome(caller(bearer: key), .admin, by: gate) == "unauthenticated")
        #expect(await outcome(caller()) == "admin", "a master that listens on this machine only is open")
    }
}
