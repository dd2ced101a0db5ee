import NIOCore
import Testing

@testable import MasterDaemon

@Suite struct FirstLineTests {
    private func line(_ pieces: String...) -> FirstLine {
        var line = FirstLine()
        for (index, piece) in pieces.enumerated() {
            line.received(ByteBuffer(string: piece), isStart: index == 0)
        }
        return line
    }

    private let long = String(repeating: "a", count: HeaderLimits.field)

    @Test func itEndsWithItsLineFeed() {
        #expect(line("GET / HTTP/1.1\r\nHost: x\r\n").bytes == 15)
        #expect(line("GET /", " HTTP/1.1\r\n", "Host: x\r\n").bytes == 15)
        #expect(line("\r\n\r\nGET / HTTP/1.1\r\n").bytes == 15)
        #expect(line("\r\n", "\r\nGET /").bytes == 5)
    }

    @Test func aTargetMayBeAsLongAsAHeaderField() {
        #expect(!line("GET " + long).isTooLong)
        #expect(line("GET " + long + "a").isTooLong)
        #expect(line("GET " + long, "a").isTooLong)
        #expect(!line("GET / HTTP/1.1\r\nX: " + long + long).isTooLong)
    }

    @Test func eachRequestBeginsAnew() {
        var line = line("GET /" + long)
        line.received(ByteBuffer(string: "GET / HTTP/1.1\r\n"), isStart: true)
        #expect(!line.isTooLong)
    }
}
