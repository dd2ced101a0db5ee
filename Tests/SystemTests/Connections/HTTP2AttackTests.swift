import Foundation
import NIOCore
import Testing

extension SystemTests {
    /// Frames of HTTP/2 that no honest client sends. Each connection ends; the master and all other connections go on.
    @Suite(.serialized) struct HTTP2AttackTests {
        /// The first bytes of a client, with settings that change nothing.
        private static let beginning =
            Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, stream: 0)

        private static func frame(_ kind: UInt8, flags: UInt8 = 0, stream: UInt32, _ payload: [UInt8] = []) -> [UInt8] {
            var bytes = ByteBuffer()
            bytes.writeInteger(UInt8(payload.count >> 16))
            bytes.writeInteger(UInt16(payload.count & 0xFFFF))
            bytes.writeInteger(kind)
            bytes.writeInteger(flags)
            bytes.writeInteger(stream)
            bytes.writeBytes(payload)
            return Array(bytes.readableBytesView)
        }

        /// A request for `/livez`, complete.
        /// - Parameter fields: further ones, as HPACK writes them without its tables.
        private static func request(
            stream: UInt32, authority: String? = "localhost", path: String = "/livez", _ fields: [UInt8] = []
        ) -> [UInt8] {
            func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
            let block = [0x82, 0x87, 0x04] + text(path) + (authority.map { [0x01] + text($0) } ?? []) + fields
            return frame(1, flags: 5, stream: stream, block)
        }

        private static func field(_ name: String, _ value: String) -> [UInt8] {
            [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
        }

        private static let attacks: [(String, [UInt8])] = [
            (
                "requests that are taken back at once",
                (0..<400).flatMap { number -> [UInt8] in
                    let stream = UInt32(1 + 2 * number)
                    return request(stream: stream) + frame(3, stream: stream, [0, 0, 0, 8])
                }
            ),
            ("pings", (0..<400).flatMap { _ in frame(6, stream: 0, Array(repeating: 1, count: 8)) }),
            ("settings", (0..<400).flatMap { _ in frame(4, stream: 0) }),
            (
                "pieces of a header without an end",
                frame(1, stream: 1, [0x82]) + (0..<50).flatMap { _ in frame(9, stream: 1, [0x87]) }
            ),
            ("frames that are too large", frame(0, stream: 1, Array(repeating: 0, count: 100_000))),
            ("no frames at all", Array(repeating: 0xFF, count: 1000)),
            ("a name in capitals", request(stream: 1, field("Foo", "a"))),
            ("a field of connections", request(stream: 1, field("connection", "close"))),
            ("a transfer coding", request(stream: 1, field("transfer-encoding", "chunked"))),
            ("a line end in a value", request(stream: 1, field("x", "a\r\nb: c"))),
            ("a length that is not the body's", request(stream: 1, field("content-length", "5"))),
        ]

        @Test func eachEndsItsConnectionAlone() async throws {
            try await Workbench.with { bench in
                let certificate = try await TestCertificate.made(in: bench)
                let master = try await bench.startMaster(["--local-workers", "0"] + certificate.options)
                for (name, bytes) in Self.attacks {
                    let connection = try await RawConnection.open(master, protocols: ["h2"])
                    await connection.send(Self.beginning + bytes)
                    try await connection.untilClosed()
                    let answer = try await ProgramOutput.of(
                        "/usr/bin/curl", ["-sS", "--http2", "--cacert", certificate.ca, "\(master.url)/livez"])
                    #expect(answer.output.contains("ok"), "after \(name): \(answer.error)")
                }
                #expect(!master.process.hasEnded)
                // Two names of a host are refused, and the connection goes on.
                let connection = try await RawConnection.open(master, protocols: ["h2"])
                await connection.send(
                    Self.beginning + Self.request(stream: 1, Self.field("host", "evil.example"))
                        + Self.request(stream: 3, authority: nil, Self.field("host", "localhost"))
                        + Self.request(stream: 5, path: "*") + Self.request(stream: 7))
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
