import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import MasterDaemon

/// The real client with an issuer that behaves badly.
@Suite(.timeLimit(.minutes(10))) struct IssuerClientTests {
    /// Runs `body` with the address of such an issuer. Its endless answer ends with the test.
    private func withIssuer(_ body: @Sendable @escaping (String) async throws -> Void) async throws {
        let (end, ending) = AsyncStream<Void>.makeStream()
        let router = Router()
        router.get("ok") { _, _ in
            Response(
                status: .ok, headers: [.cacheControl: "public, max-age=900"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "hello")))
        }
        router.get("moved") { _, _ in Response.redirect(to: "/ok", type: .normal) }
        router.get("large") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    let piece = ByteBuffer(repeating: 0x20, count: 1 << 16)
                    for _ in 0..<64 { try await writer.write(piece) }
                    try await writer.finish(nil)
                })
        }
        router.get("endless") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "{"))
                    for await _ in end {}
                })
        }
        router.post("form") { request, _ in
            let text = String(buffer: try await request.body.collect(upTo: 1000))
            let fields = [.authorization, .contentType].map { request.headers[$0] ?? "-" }.joined(separator: " ")
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "\(fields) \(text)")))
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)), logger: .silent)
        try await application.test(.live) { client in
            let port = try #require(client.port)
            defer { ending.finish() }
            try await body("http://127.0.0.1:\(port)")
        }
    }

    @Test func answersAreRead() async throws {
        try await withIssuer { address in
            let answer = try await IssuerClient().get("\(address)/ok")
            #expect(answer.status == 200 && answer.maximumAge == 900 && answer.body == Array("hello".utf8))
            let posted = try await IssuerClient().post("\(address)/form", form: "a=b", authorization: "Basic x")
            #expect(String(decoding: posted.body, as: UTF8.self) == "Basic x application/x-www-form-urlencoded a=b")
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        try await withIssuer { address in
            let answer = try await IssuerClient().get("\(address)/moved")
            #expect(answer.status == 303 && answer.body.isEmpty)
        }
    }

    @Test(arguments: ["large", "endless", "gone"]) func timeAndMemoryAreBounded(path: String) async throws {
        try await withIssuer { address in
            let address = path == "gone" ? "http://127.0.0.1:1/" : "\(address)/\(path)"
            let client = IssuerClient(patience: path == "endless" ? .milliseconds(300) : .seconds(60))
            await #expect(throws: (any Error).self) { _ = try await client.get(address) }
        }
    }
}
