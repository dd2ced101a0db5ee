import Foundation
import Testing

extension SystemTests {
    /// Slow clients of TLS and HTTP/2. Each is ended by a limit of the master. All run at the same time.
    @Suite struct SlowSecureClientTests {
        private static let upload = "/api/v1/jobs?transforms=invert"

        @Test func slowClientsAreEndedAndOthersServed() async throws {
            try await Workbench.with { bench in
                let certificate = try await TestCertificate.made(in: bench)
                let master = try await bench.startMaster(["--local-workers", "0"] + certificate.options)
                let url = "\(master.url)/livez"
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await Self.handshakesThatStall(master, certificate, url) }
                    group.addTask { try await Self.aHandshakeThatBreaksOff(master) }
                    group.addTask { try await Self.aHeaderWithoutAnEnd(master) }
                    group.addTask { try await Self.aSlowBody(master) }
                    group.addTask { try await Self.aWindowOfZero(master) }
                    group.addTask { try await Self.aConnectionWithoutRequests(master) }
                    group.addTask { try await Self.aConnectionThatIsIdle(master) }
                    try await group.waitForAll()
                }
                #expect(!master.process.hasEnded)
            }
        }

        /// 300 stalled handshakes, while other clients are served.
        private static func handshakesThatStall(
            _ master: MasterProcess, _ certificate: TestCertificate, _ url: String
        ) async throws {
            var stalled: [RawConnection] = []
            for _ in 0..<300 { stalled.append(try await RawConnection.open(master)) }
            var longest = Duration.zero
            repeat {
                let start = ContinuousClock.now
                let run = try await ProgramOutput.of(
                    "/usr/bin/curl", ["-sS", "--max-time", "30", "--cacert", certificate.ca, url])
                longest = max(longest, .now - start)
                #expect(run.output.contains("ok"), "\(run.error)")
            } while stalled.contains { !$0.isClosed }
            #expect(longest < .seconds(5), "the longest ordinary request")
        }

        private static func aHandshakeThatBreaksOff(_ master: MasterProcess) async throws {
            let connection = try await RawConnection.open(master)
            // The beginning of a ClientHello.
            await connection.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3])
            try await connection.untilClosed(within: 30)
        }

        private static func aHeaderWithoutAnEnd(_ master: MasterProcess) async throws {
            let connection = try await RawConnection.open(master, protocols: ["h2"])
            await connection.send(HTTP2Frames.beginning() + HTTP2Frames.frame(.headers, stream: 1, [0x82]))
            try await connection.untilClosed(within: 30)
        }

        /// A body of ten bytes a second.
        private static func aSlowBody(_ master: MasterProcess) async throws {
            let connection = try await RawConnection.open(master, protocols: ["h2"])
            await connection.send(
                HTTP2Frames.beginning()
                    + HTTP2Frames.request(stream: 1, method: "POST", path: upload, isWhole: false))
            let end = ContinuousClock.now + .seconds(60)
            while !connection.body(of: 1).contains("problem:too-slow"), ContinuousClock.now < end {
                await connection.send(HTTP2Frames.data(1, stream: 1))
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(connection.body(of: 1).contains("problem:too-slow"), "\(connection.frames)")
            try await connection.frame(.reset, of: 1)
            // Only the stream ends. The connection goes on.
            await connection.send(HTTP2Frames.request(stream: 3))
            try await connection.frame(.data, of: 3)
            connection.close()
        }

        /// The client keeps its window at 0, so the answer cannot be sent.
        private static func aWindowOfZero(_ master: MasterProcess) async throws {
            let connection = try await RawConnection.open(master, protocols: ["h2"])
            await connection.send(
                HTTP2Frames.beginning(window: 0) + HTTP2Frames.request(stream: 1, path: "/openapi.yaml"))
            try await connection.frame(.headers, of: 1)
            #expect(try await connection.frame(.reset, of: 1, within: 90).number == 8, "cancelled")
            #expect(connection.frames(.data, of: 1).isEmpty)
            connection.close()
        }

        private static func aConnectionWithoutRequests(_ master: MasterProcess) async throws {
            let connection = try await RawConnection.open(master, protocols: ["h2"])
            await connection.send(HTTP2Frames.beginning())
            try await connection.untilClosed(within: 30)
            #expect(connection.frames(.goAway, of: 0).count == 1)
        }

        private static func aConnectionThatIsIdle(_ master: MasterProcess) async throws {
            let connection = try await RawConnection.open(master, protocols: ["h2"])
            await connection.send(HTTP2Frames.beginning() + HTTP2Frames.request(stream: 1))
            try await connection.frame(.data, of: 1)
            let start = ContinuousClock.now
            try await connection.untilClosed(within: 90)
            #expect(.now - start > .seconds(50))
            #expect(connection.frames(.goAway, of: 0).count == 1)
        }
    }
}
