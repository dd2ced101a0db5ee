import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import TileCore

@testable import MasterDaemon

/// Limits as clients see them, with the real service.
@Suite(.timeLimit(.minutes(10))) struct LimitRouteTests {
    /// Runs a test with a client that has an operator's key.
    private func withMaster(
        _ limits: String...,
        body: @Sendable @escaping (any TestClientProtocol, HTTPFields, ServiceBench) async throws -> Void
    ) async throws {
        let settings = try RateLimitSettings(limits)
        try await MasterDaemonTests.withMaster(gate: { folder in
            Gate(
                keys: KeyStore(folder: folder), origins: try OriginRule(),
                hosts: HostRule(listening: "127.0.0.1", others: []),
                audit: try AuditLog(path: nil, logger: .silent), limiter: RateLimiter(settings: settings) { 0 },
                mayBeOpen: true)
        }) { client, _, gate, bench in
            let key = try gate.keys.update {
                try $0.create("lab", role: .operator, expiresAt: nil, now: Date.wholeSeconds())
            }
            try await body(client, [.authorization: "Bearer \(key.text)", .contentType: "image/png"], bench)
        }
    }

    private static func upload(
        _ client: any TestClientProtocol, _ fields: HTTPFields, _ image: Data, announced: Bool = true
    ) async throws -> TestResponse {
        var fields = fields
        if announced { fields[.contentLength] = "\(image.count)" }
        return try await client.execute(
            uri: "/api/v1/jobs?transforms=invert", method: .post, headers: fields, body: ByteBuffer(bytes: image))
    }

    private static func files(_ bench: ServiceBench) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: bench.service.files.path("uploads"))
    }

    @Test func requestsAreCountedAndRefused() async throws {
        try await withMaster("requests=3/m") { client, fields, _ in
            for left in [2, 1, 0] {
                let answer = try await client.execute(uri: "/api/v1/jobs", method: .get, headers: fields)
                #expect(answer.status == .ok)
                #expect(answer.headers[.rateLimitPolicy] == #""requests";q=3;w=60"#)
                #expect(answer.headers[.rateLimit] == "\"requests\";r=\(left);t=\(left > 0 ? left * 20 : 20)")
            }
            let refusal = try await client.execute(uri: "/api/v1/jobs", method: .get, headers: fields)
            #expect(refusal.status == .tooManyRequests && refusal.headers[.retryAfter] == "20")
            #expect(refusal.headers[.rateLimit] == #""requests";r=0;t=20"#)
            #expect(refusal.headers[.contentType] == "application/problem+json")
            // A client without a key is counted by address only.
            #expect(try await client.execute(uri: "/livez", method: .get).status == .ok)
        }
    }

    /// The log-in route is open to anyone, but counts for the key that is used.
    @Test func logInsCountForTheirKey() async throws {
        try await withMaster("requests=3/m") { client, fields, _ in
            let key = fields[.authorization]?.split(separator: " ").last.map(String.init) ?? ""
            for expected in [303, 303, 303, 429] {
                let response = try await client.execute(
                    uri: "/login", method: .post, headers: [.contentType: "application/x-www-form-urlencoded"],
                    body: ByteBuffer(string: "key=\(key)"))
                #expect(response.status.code == expected)
            }
        }
    }

    @Test(arguments: [true, false]) func anUploadThatGoesOverLeavesNothing(announced: Bool) async throws {
        let image = try ServiceBench.image(1, 150)
        try await withMaster("bytes=\(image.count + 5)/d") { client, fields, bench in
            #expect(try await Self.upload(client, fields, image, announced: announced).status == .accepted)
            let before = try Self.files(bench)
            let refusal = try await Self.upload(client, fields, image, announced: announced)
            #expect(refusal.status == .tooManyRequests)
            #expect(refusal.headers[.rateLimitPolicy] == "\"bytes\";q=\(image.count + 5);qu=\"content-bytes\";w=86400")
            #expect(try Self.files(bench) == before)
        }
    }

    @Test func uploadsAreCounted() async throws {
        let image = try ServiceBench.image(1, 150)
        try await withMaster("uploads=2/m") { client, fields, _ in
            for status in [HTTPResponse.Status.accepted, .accepted, .tooManyRequests] {
                let answer = try await Self.upload(client, fields, image)
                #expect(answer.status == status)
            }
            let list = try await client.execute(uri: "/api/v1/jobs", method: .get, headers: fields)
            #expect(list.status == .ok)
        }
    }

    @Test func unfinishedJobsAreCounted() async throws {
        let image = try ServiceBench.image(1, 150)
        try await withMaster("unfinished=2") { client, fields, bench in
            bench.transport.hold()
            for status in [HTTPResponse.Status.accepted, .accepted, .tooManyRequests] {
                #expect(try await Self.upload(client, fields, image).status == status)
            }
            for job in try await bench.service.store.jobs(limit: 9) { _ = try await bench.service.cancel(job.jobID) }
            for job in try await bench.service.store.jobs(limit: 9) { await bench.service.runner.settled(job.jobID) }
            #expect(try await Self.upload(client, fields, image).status == .accepted)
        }
    }

    @Test func theOwnerOfAKeySeesItsLimits() async throws {
        try await withMaster("requests=10/m", "channels=off") { client, fields, _ in
            let answer = try await client.execute(uri: "/api/v1/me", method: .get, headers: fields)
            var check = try SchemaCheck()
            let text = String(buffer: answer.body)
            try check.check(json: text, against: "Me")
            #expect(check.errors == [])
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            let limits = try #require(object?["limits"] as? [[String: Any]])
            #expect(limits.compactMap { $0["name"] as? String } == ["requests", "uploads", "bytes", "unfinished"])
            #expect(limits[0]["limit"] as? Int == 10 && limits[0]["remaining"] as? Int == 9)
            #expect(limits[0]["window_s"] as? Int == 60 && limits[0]["resets_in_s"] as? Double == 6)
        }
    }
}
