import Foundation
import Subprocess
import Synchronization
import Testing

extension SystemTests {
    /// A master with TLS, tested with curl and openssl.
    @Suite(.serialized) struct TLSTests {
        private func withMaster(
            _ options: [String] = [], _ body: (MasterProcess, TestCertificate, Workbench) async throws -> Void
        ) async throws {
            try await Workbench.with { bench in
                let certificate = try await TestCertificate.made(in: bench)
                let master = try await bench.startMaster(["--local-workers", "0"] + certificate.options + options)
                try await body(master, certificate, bench)
            }
        }

        @Test func safeVersionsOfHTTPAndTLSAreAccepted() async throws {
            try await withMaster { master, certificate, bench in
                #expect(master.url.hasPrefix("https://localhost:"))
                for (options, version) in [
                    (["--http2"], "HTTP/2"), (["--http1.1"], "HTTP/1.1"), (["--tls-max", "1.2"], "HTTP/2"),
                    (["--tlsv1.3"], "HTTP/2"),
                ] {
                    let run = try await curl(options + ["-i", "\(master.url)/livez"], certificate)
                    #expect(run.output.hasPrefix("\(version) 200"), "\(options): \(run.error)")
                    #expect(run.output.lowercased().contains("strict-transport-security: max-age="))
                    #expect(run.output.lowercased().contains("x-request-id: "))
                }
                for options in [["--tls-max", "1.1"], ["--tls-max", "1.2", "--ciphers", "AES128-SHA:@SECLEVEL=0"]] {
                    let run = try await curl(options + ["\(master.url)/livez"], certificate)
                    #expect(run.status == .exited(35), "\(options): \(run.output)\(run.error)")
                }
                let unknown = try await ProgramOutput.of("/usr/bin/curl", ["-sS", "\(master.url)/livez"])
                #expect(unknown.status == .exited(60), "a client that does not know the CA")
            }
        }

        /// If part of a request is too long, the answer names it, in both HTTP versions.
        @Test(arguments: ["--http1.1", "--http2"])
        func longHeadersAreProblems(_ version: String) async throws {
            try await withMaster { master, certificate, _ in
                let long = String(repeating: "a", count: 20_000)
                let half = String(repeating: "a", count: 12_000)
                for (arguments, status, code) in [
                    (["\(master.url)/api/v1/jobs?search=\(long)"], 414, "target-too-long"),
                    (["-H", "X: \(long)", "\(master.url)/livez"], 431, "header-too-large"),
                    (
                        ["-H", "X: \(half)", "-H", "Y: \(half)", "-H", "Z: \(half)", "\(master.url)/livez"], 431,
                        "header-too-large"
                    ),
                    (
                        (0...100).flatMap { ["-H", "X\($0): a"] } + ["\(master.url)/livez"], 431, "header-too-large"
                    ),
                ] {
                    // Before the client has the master's settings, swift-nio-http2 ends a connection at 16 KiB of
                    // header.
                    let first = [
                        version, "-o", "/dev/null", "\(master.url)/livez", "--next", "--cacert", certificate.ca,
                    ]
                    let run = try await curl(first + ["-sS", version, "-i"] + arguments, certificate)
                    #expect(run.output.contains(" \(status)"), "\(run.output.prefix(300)) \(run.error)")
                    #expect(run.output.lowercased().contains("content-type: application/problem+json"))
                    #expect(run.output.contains("\"urn:tilework:problem:\(code)\""))
                }
            }
        }

        /// Images and problems in both HTTP versions, and fields that HTTP/2 must not have.
        @Test(arguments: ["--http1.1", "--http2"])
        func jobsRunOverTLS(_ version: String) async throws {
            try await Workbench.with { bench in
                let certificate = try await TestCertificate.made(in: bench)
                let master = try await bench.startMaster(["--local-workers", "1"] + certificate.options)
                let sample = bench.file("sample.jpg")
                _ = try await curl([version, "-o", sample, "\(master.url)/api/v1/sample"], certificate)
                let job = try await curl(
                    [version, "-F", "file=@\(sample)", "-F", "transforms=invert", "\(master.url)/api/v1/jobs"],
                    certificate)
                let id = try #require(job.output.firstMatch(of: /"job_id":"([^"]+)"/)?.1, "\(job.output)\(job.error)")
                let done = try await curl([version, "\(master.url)/api/v1/jobs/\(id)?wait=50"], certificate)
                #expect(done.output.contains("\"status\":\"completed\""), "\(done.output)\(done.error)")
                let result = bench.file("result.jpg")
                let answer = try await curl(
                    [version, "-o", result, "-w", "%{http_code}", "\(master.url)/api/v1/jobs/\(id)/result"], certificate
                )
                #expect(answer.output == "200", "\(answer.error)")
                #expect((FileManager.default.contents(atPath: result)?.count ?? 0) > 1000)
                // The master does not wait for the rest of a refused body. It answers the connection's next request.
                let large = bench.file("large")
                try Data(count: 64 << 20).write(to: URL(filePath: large))
                let refused = try await curl(
                    [
                        version, "-w", "%{http_code} ", "-o", "/dev/null", "-X", "POST", "-T", large,
                        "\(master.url)/api/v1/jobs?transforms=nosuch", "--next", version, "--cacert", certificate.ca,
                        "-sS", "-w",
                        "%{http_code}", "-o", "/dev/null", "\(master.url)/livez",
                    ], certificate)
                #expect(refused.output == "422 200", "\(refused.error)")
                let upgrade = try await curl([version, "-i", "\(master.url)/api/v1/events"], certificate)
                let fields = upgrade.output.lowercased()
                #expect(fields.contains(" 426"))
                #expect(fields.contains("\r\nupgrade: websocket") == (version == "--http1.1"))
            }
        }

        @Test func liveChannelOpensOverTLS() async throws {
            try await withMaster { master, certificate, _ in
                let run = try await curl(
                    [
                        "--http1.1", "--max-time", "3", "-i", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket",
                        "-H",
                        "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "-H",
                        "Origin: \(master.url)", "\(master.url)/api/v1/events",
                    ], certificate)
                #expect(run.output.hasPrefix("HTTP/1.1 101 "))
                let plain = try await curl(
                    [
                        "--http1.1", "-i", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H",
                        "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "-H",
                        "Origin: \(master.url.replacing("https", with: "http"))", "\(master.url)/api/v1/events",
                    ], certificate)
                #expect(plain.output.hasPrefix("HTTP/1.1 403 "), "a page without TLS is of another origin")
            }
        }

        /// The certificate is renewed five times. Four clients open a new connection for each request, and four
        /// connections stay open.
        @Test func certificatesAreRenewedUnderLoad() async throws {
            try await withMaster { master, certificate, bench in
                let isOver = Over()
                let held = try await HeldConnections.open(to: master, certificate, bench)
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<4 {
                        group.addTask {
                            var requests = 0
                            while !isOver.value.withLock({ $0 }) {
                                let run = try await curl(
                                    [number.isMultiple(of: 2) ? "--http2" : "--http1.1", "-f", "\(master.url)/livez"],
                                    certificate)
                                guard run.status == .exited(0) else {
                                    throw BenchError("a request failed: \(run.status) \(run.error)")
                                }
                                requests += 1
                            }
                            return requests
                        }
                    }
                    for serial in 2...6 {
                        try await certificate.renew(serial: serial)
                        try await master.says("certificate reloaded", count: serial - 1)
                        #expect(try await certificate.serial(shownBy: master) == serial)
                        try await held.goOn()
                    }
                    isOver.value.withLock { $0 = true }
                    var requests = 0
                    for try await count in group { requests += count }
                    #expect(requests > 0)
                }
                try await held.complete()
                #expect(!master.process.errorOutput.contains("cannot be used"))
            }
        }

        @Test func mismatchedPairIsNotLoaded() async throws {
            try await withMaster { master, certificate, _ in
                let other = try await certificate.pair(serial: 9)
                try TestCertificate.move(other.certificate, certificate.certificate)
                try await master.says("changed certificate cannot be used")
                #expect(master.process.errorOutput.contains("does not belong to the first certificate"))
                #expect(try await certificate.serial(shownBy: master) == 1)
                try TestCertificate.move(other.key, certificate.key)
                try await master.says("certificate reloaded")
                #expect(try await certificate.serial(shownBy: master) == 9)
                #expect(master.process.errorOutput.ranges(of: "cannot be used").count == 1)
            }
        }

        @Test func plainPortRedirectsToTLS() async throws {
            let port = try FreePort.number()
            try await withMaster(["--redirect-port", "\(port)"]) { master, certificate, _ in
                try await master.says("redirect port listening")
                let secure = try #require(master.api.base.port)
                let led = try await ProgramOutput.of("/usr/bin/curl", ["-sSi", "http://localhost:\(port)/jobs/1?a=b"])
                #expect(led.output.hasPrefix("HTTP/1.1 308 "))
                #expect(led.output.contains("\r\nLocation: https://localhost:\(secure)/jobs/1?a=b\r\n"))
                let named = try await ProgramOutput.of(
                    "/usr/bin/curl", ["-sSi", "-H", "Host: tiles.example.org", "http://localhost:\(port)/"])
                #expect(named.output.contains("\r\nLocation: https://tiles.example.org:\(secure)/\r\n"))
                let foreign = try await ProgramOutput.of(
                    "/usr/bin/curl", ["-sSi", "-H", "Host: evil.example", "http://localhost:\(port)/"])
                #expect(foreign.output.hasPrefix("HTTP/1.1 421 ") && !foreign.output.contains("evil"))
                let followed = try await curl(["-L", "http://localhost:\(port)/livez"], certificate)
                #expect(followed.output.contains("ok"))
            }
        }

        private func curl(_ arguments: [String], _ certificate: TestCertificate) async throws -> ProgramOutput {
            try await ProgramOutput.of(
                "/usr/bin/curl", ["-sS", "--max-time", "60", "--cacert", certificate.ca] + arguments)
        }

        private final class Over: Sendable {
            let value = Mutex(false)
        }
    }
}
