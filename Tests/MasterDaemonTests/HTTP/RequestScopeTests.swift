import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TileCore

@testable import MasterDaemon

/// `X-Request-Id` in requests and answers.
@Suite(.timeLimit(.minutes(10))) struct RequestScopeTests {
    private static let name = HTTPField.Name.requestID

    /// Requests that are answered, refused, redirected, or have no route.
    @Test func everyAnswerHasTheIDOfItsRequest() async throws {
        try await withGatedMaster { client, _, _, _ in
            let requests: [(String, HTTPRequest.Method, Int)] = [
                ("/livez", .get, 200), ("/readyz", .head, 200), ("/metrics", .get, 200), ("/", .get, 200),
                ("/api/v1/jobs", .head, 200), ("/api/v1/jobs", .post, 422), ("/api/v1/jobs?x=1", .get, 400),
                ("/api/v1/jobs/none", .get, 404), ("/made/up", .get, 404), ("/made/up", .head, 404),
                ("/api/v1/jobs", .put, 405), ("/api/v1/events", .get, 426),
            ]
            for (path, method, status) in requests {
                let answer = try await client.execute(uri: path, method: method, headers: [Self.name: "r-\(status)/7"])
                #expect(answer.status.code == status, "\(method) \(path)")
                #expect(answer.headers[Self.name] == "r-\(status)/7", "\(method) \(path)")
                let made = try await client.execute(uri: path, method: method, headers: [Self.name: "not sane"])
                #expect(made.headers[Self.name]?.wholeMatch(of: /[0-9a-f]{32}/) != nil, "\(method) \(path)")
            }
        }
    }

    @Test func refusalsHaveItToo() async throws {
        try await withGatedMaster { client, _, gate, _ in
            let now = Date.wholeSeconds()
            _ = try gate.keys.update { try $0.create("a", role: .admin, expiresAt: nil, now: now) }
            for (path, headers) in [
                ("/api/v1/jobs", [Self.name: "r-1"]),
                ("/api/v1/jobs", [Self.name: "r-1", .authorization: "Bearer tilework_wrong"]),
            ] as [(String, HTTPFields)] {
                let answer = try await client.execute(uri: path, method: .get, headers: headers)
                #expect(answer.status == .unauthorized && answer.headers[Self.name] == "r-1")
            }
        }
    }

    @Test func theAuditLogAndTheJobHaveIt() async throws {
        try await withGatedMaster { client, _, gate, bench in
            let image = try ServiceBench.image(1, 150)
            let answer = try await client.execute(
                uri: "/api/v1/jobs?transforms=invert", method: .post, headers: [Self.name: "order-17"],
                body: ByteBuffer(bytes: image))
            #expect(answer.status == .accepted)
            let job = try #require(try await bench.service.store.jobs(limit: 1).first)
            #expect(job.requestID == "order-17" && job.traceParent == nil)
            _ = await bench.service.runner.settled(job.jobID)
            await gate.audit.flush()
            let path = AuditLog.path(in: bench.service.files.root.path)
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            let line = try #require(lines.first { $0.contains("job.submit") })
            let entry = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(entry["request"] as? String == "order-17" && entry["job"] as? String == "\(job.jobID)")
        }
    }
}
