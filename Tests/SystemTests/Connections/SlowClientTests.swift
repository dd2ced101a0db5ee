import Foundation
import Testing

extension SystemTests {
    /// Clients that take their time, and more of them than there are places.
    @Suite(.serialized, .sharedMaster("--local-workers", "0")) struct SlowClientTests {
        private static let beginning = SlowHeaders.beginning

        @Test func aHeaderThatDripsInIsEnded() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            await connection.send(Self.beginning)
            while !connection.isClosed {
                await connection.send("a")
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(connection.statuses == [408])
            #expect(connection.text.contains("urn:tilework:problem:too-slow"))
        }

        @Test func aConnectionThatSaysNothingIsClosed() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            try await connection.untilClosed()
            #expect(connection.text.isEmpty)
        }

        /// The second header has no more time than the first.
        @Test func aLaterHeaderThatDripsInIsEnded() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            await connection.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await eventually("the first is answered") { connection.statuses == [200] ? true : nil }
            await connection.send(Self.beginning)
            try await connection.untilClosed()
            #expect(connection.statuses == [200, 408])
        }

        @Test func aBodyThatDripsInIsEnded() async throws {
            let connection = try await RawConnection.open(SharedMaster.master)
            await connection.send(
                "POST /api/v1/jobs?transforms=invert HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
            while !connection.isClosed {
                await connection.send("a")
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(connection.statuses == [408])
            try await eventually("its file is gone", within: 30) {
                try SharedMaster.master.jobFiles().filter { $0.hasPrefix("uploads/") }.isEmpty ? true : nil
            }
        }

        /// Others are answered meanwhile. How soon is a matter of `Measurements`.
        @Test func fiveHundredSlowHeadersAreEnded() async throws {
            let times = try await SlowHeaders.times(of: 500, at: SharedMaster.master)
            #expect(!times.isEmpty)
        }
    }

    /// More connections than there are places.
    @Suite(.serialized, .sharedMaster("--local-workers", "0", "--max-connections", "8"))
    struct ConnectionLimitTests {
        @Test func oneMoreIsTold() async throws {
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
            try await master.says("connections are refused")
            #expect(master.process.errorOutput.ranges(of: "connections are refused").count == 1)
            for connection in open { connection.close() }
            try await eventually("there are places again") {
                let next = try await RawConnection.open(master)
                await next.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                try await next.untilClosed()
                return next.statuses == [200] ? true : nil
            }
        }
    }
}
