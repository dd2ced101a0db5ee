import Foundation
import NIOCore
import Testing
import TileCore

extension SystemTests {
    /// Slow clients, and requests that are answered before their body is read.
    @Suite(.serialized, .sharedMaster("--local-workers", "0")) struct SlowClientTests {
        private static let beginning = SlowHeaders.beginning

        @Test func slowHeaderIsEnded() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            await connection.send(Self.beginning)
            while !connection.isClosed {
                await connection.send("a")
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(connection.statuses == [408])
            #expect(connection.text.contains("urn:tilework:problem:too-slow"))
        }

        @Test func silentConnectionIsClosed() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            try await connection.untilClosed()
            #expect(connection.text.isEmpty)
        }

        /// The second header has as much time as the first.
        @Test func slowLaterHeaderIsEnded() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            await connection.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await eventually("the first is answered") { connection.statuses == [200] ? true : nil }
            await connection.send(Self.beginning)
            try await connection.untilClosed()
            #expect(connection.statuses == [200, 408])
        }

        @Test func slowBodyIsEnded() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            await connection.send(
                "POST /api/v1/jobs?transforms=invert HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
            while !connection.isClosed {
                await connection.send("a")
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(connection.statuses == [408])
            try await eventually("the upload's file is removed", within: 30) {
                try SharedMaster.master.jobFiles().filter { $0.hasPrefix("uploads/") }.isEmpty ? true : nil
            }
        }

        /// The answer is larger than the kernel's buffers of a connection.
        @Test func clientThatReadsNoAnswerIsClosed() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--local-workers", "0", "--log-level", "debug"])
                let job = try await master.submit(
                    try TestImage.file(4000, 4000, as: .bmp), transforms: "invert", format: "bmp")
                let connection = try await RawConnection.open(master)
                try await connection.takes(false)
                await connection.send("GET /api/v1/jobs/\(job.jobId)/source HTTP/1.1\r\nHost: localhost\r\n\r\n")
                try await master.says("client too slow, connection closed", within: 120)
                try await connection.takes(true)
                try await connection.untilClosed()
                #expect(!connection.received.readableBytesView.isEmpty)
                #expect(connection.received.readableBytes < 48_000_000, "the rest never left the master")
            }
        }

        /// The client sends the body once the master answers `100 Continue`. A request that is refused gets no such
        /// answer.
        @Test func bodyIsAskedForOnlyIfItIsWanted() async throws {
            let master = try SharedMaster.master
            let image = try TestImage.file(1100, 1100)
            func begin(_ transforms: String) async throws -> RawConnection {
                let connection = try await RawConnection.open(master)
                await connection.send(
                    "POST /api/v1/jobs?transforms=\(transforms) HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                        + "Content-Length: \(image.count)\r\n\r\n")
                return connection
            }
            let wanted = try await begin("invert")
            try await eventually("the body is asked for: \(wanted.text)") { wanted.statuses == [100] ? true : nil }
            await wanted.send([UInt8](image))
            try await eventually("the image is taken: \(wanted.text)") { wanted.statuses == [100, 202] ? true : nil }
            let refused = try await begin("nosuch")
            try await eventually("the request is refused: \(refused.text)") { refused.statuses == [422] ? true : nil }
        }

        /// The client ignores the answer and goes on sending.
        @Test func restOfARefusedBodyEndsTheConnection() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            await connection.send(
                "POST /api/v1/jobs?transforms=nosuch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
            )
            let piece = Array(repeating: UInt8(0x61), count: 100_000)
            let end = ContinuousClock.now + .seconds(30)
            while !connection.isClosed, ContinuousClock.now < end { await connection.send(piece) }
            #expect(connection.isClosed)
            #expect(connection.statuses == [413])
        }

        /// Other clients are answered meanwhile. `Measurements` tests how soon.
        @Test func fiveHundredSlowHeadersAreEnded() async throws {
            let times = try await SlowHeaders.times(of: 500, at: SharedMaster.master)
            #expect(!times.isEmpty)
        }
    }

    /// Requests for paths without a route.
    @Suite(.sharedMaster("--local-workers", "0", "--limit", "address-requests=3/m")) struct RoutelessRequestTests {
        @Test func requestsWithoutARouteAreLimitedAndCheckedToo() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            for (line, host) in [
                ("GET /nothing", "localhost"), ("PUT /livez/more", "localhost"), ("GET /nothing", "evil.example"),
                ("GET /nothing", "localhost"),
            ] { await connection.send("\(line) HTTP/1.1\r\nHost: \(host)\r\n\r\n") }
            try await eventually("all are answered: \(connection.text)") {
                connection.statuses.count == 4 ? true : nil
            }
            #expect(connection.statuses == [404, 404, 421, 429])
            connection.close()
        }
    }

    /// More connections than `--max-connections` allows.
    @Suite(.serialized, .sharedMaster("--local-workers", "0", "--max-connections", "8"))
    struct ConnectionLimitTests {
        @Test func furtherConnectionsAreRefused() async throws {
            let master = try SharedMaster.master
            var open: [RawConnection] = []
            for _ in 0..<8 {
                let connection = try await RawConnection.open(master)
                await connection.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
                try await eventually("it is answered") { connection.statuses == [200] ? true : nil }
                open.append(connection)
            }
            for _ in 0..<3 {
                let more = try await RawConnection.open(master)
                try await more.untilClosed()
                #expect(more.statuses == [503])
                #expect(more.text.contains("urn:tilework:problem:too-many-connections"))
                #expect(more.text.contains("\r\nRetry-After: "))
            }
            try await master.says("connections refused")
            #expect(master.process.errorOutput.ranges(of: "connections refused").count == 1)
            for connection in open { connection.close() }
            try await eventually("a connection is accepted again") {
                let next = try await RawConnection.open(master)
                await next.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                try await next.untilClosed()
                return next.statuses == [200] ? true : nil
            }
        }
    }
}
