import Foundation
import Testing

extension SystemTests {
    /// HTTP/2 frames that no honest client sends. Each ends its connection. The master and all other connections go on.
    @Suite(.serialized) struct HTTP2AttackTests {
        private static let attacks: [(String, [UInt8])] = [
            (
                "requests that are taken back at once",
                (0..<400).flatMap { number -> [UInt8] in
                    let stream = UInt32(1 + 2 * number)
                    return HTTP2Frames.request(stream: stream)
                        + HTTP2Frames.frame(.reset, stream: stream, [0, 0, 0, 8])
                }
            ),
            (
                "pings",
                (0..<400).flatMap { _ in HTTP2Frames.frame(.ping, stream: 0, Array(repeating: 1, count: 8)) }
            ),
            ("settings", (0..<400).flatMap { _ in HTTP2Frames.frame(.settings, stream: 0) }),
            (
                "pieces of a header without an end",
                HTTP2Frames.frame(.headers, stream: 1, [0x82])
                    + (0..<50).flatMap { _ in HTTP2Frames.frame(.continuation, stream: 1, [0x87]) }
            ),
            ("frames that are too large", HTTP2Frames.data(100_000, stream: 1)),
            ("no frames at all", Array(repeating: 0xFF, count: 1000)),
            ("a name in capitals", request(HTTP2Frames.field("Foo", "a"))),
            ("a field of connections", request(HTTP2Frames.field("connection", "close"))),
            ("a transfer coding", request(HTTP2Frames.field("transfer-encoding", "chunked"))),
            ("a line end in a value", request(HTTP2Frames.field("x", "a\r\nb: c"))),
            ("a length that is not the body's", request(HTTP2Frames.field("content-length", "5"))),
        ]

        private static func request(_ fields: [UInt8]) -> [UInt8] { HTTP2Frames.request(stream: 1, fields) }

        @Test func eachAttackEndsOnlyItsConnection() async throws {
            try await Workbench.with { bench in
                let certificate = try await TestCertificate.made(in: bench)
                let master = try await bench.startMaster(["--local-workers", "0"] + certificate.options)
                for (name, bytes) in Self.attacks {
                    let connection = try await RawConnection.open(master, protocols: ["h2"])
                    await connection.send(HTTP2Frames.beginning() + bytes)
                    try await connection.untilClosed()
                    let answer = try await ProgramOutput.of(
                        "/usr/bin/curl", ["-sS", "--http2", "--cacert", certificate.ca, "\(master.url)/livez"])
                    #expect(answer.output.contains("ok"), "after \(name): \(answer.error)")
                }
                #expect(!master.process.hasEnded)
                // A request with two host names is refused, and the connection goes on.
                let connection = try await RawConnection.open(master, protocols: ["h2"])
                await connection.send(
                    HTTP2Frames.beginning() + Self.request(HTTP2Frames.field("host", "evil.example"))
                        + HTTP2Frames.request(stream: 3, authority: nil, HTTP2Frames.field("host", "localhost"))
                        + HTTP2Frames.request(stream: 5, path: "*") + HTTP2Frames.request(stream: 7))
                try await eventually("both kinds of answers: \(connection.text)", within: 30) {
                    let text = connection.text
                    return text.ranges(of: "problem:bad-request").count == 3 && text.contains("\"status\":\"ok\"")
                        ? true : nil
                }
                connection.close()
            }
        }
    }
}
