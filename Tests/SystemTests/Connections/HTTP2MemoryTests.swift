import Foundation
import Testing

extension SystemTests {
    /// How much memory clients of HTTP/2 can make the master use.
    @Suite(.serialized) struct HTTP2MemoryTests {
        /// The bytes that a client may send before the master reads them.
        private static let window = 65_535
        private static let upload = "/api/v1/jobs?transforms=invert"

        private func withMaster(
            _ options: String..., body: (MasterProcess, Workbench, [String]) async throws -> Void
        ) async throws {
            try await Workbench.with { bench in
                let certificate = try await TestCertificate.made(in: bench)
                let master = try await bench.startMaster(["--local-workers", "0"] + options + certificate.options)
                try await body(master, bench, ["--cacert", certificate.ca])
            }
        }

        private func connect(_ master: MasterProcess, window: UInt32? = nil) async throws -> RawConnection {
            let connection = try await RawConnection.open(master, protocols: ["h2"])
            await connection.send(HTTP2Frames.beginning(window: window))
            // The master's settings apply once the client acknowledges them.
            try await connection.frame(.settings, of: 0)
            await connection.send(HTTP2Frames.frame(.settings, flags: 1, stream: 0))
            return connection
        }

        private func submit(_ image: Data, _ master: MasterProcess, _ bench: Workbench, _ trust: [String]) async throws
            -> String
        {
            let file = bench.file("image-\(UUID().uuidString)")
            try image.write(to: URL(filePath: file))
            let answer = try await Curl.answer(
                trust + ["-X", "POST", "-T", file, "\(master.url)\(Self.upload)"], in: bench)
            #expect(answer.status == 202, "\(answer.text)")
            return try answer.decoded(JobAnswer.self).jobId
        }

        /// A stream has a small window until an upload on it is read. Then the window grows.
        @Test func onlyUploadsGetALargeWindow() async throws {
            try await withMaster { master, _, _ in
                let connection = try await connect(master)
                let settings = try await connection.frame(.settings, of: 0).payload
                for place in stride(from: 0, to: settings.count, by: 6) where settings[place + 1] == 4 {
                    let value = settings[(place + 2)..<(place + 6)].reduce(0) { $0 << 8 | Int($1) }
                    #expect(value <= Self.window)
                }
                let length = HTTP2Frames.field("content-length", "100000000")
                await connection.send(
                    HTTP2Frames.request(stream: 1, method: "POST", path: Self.upload, isWhole: false, length))
                #expect(try await connection.frame(.windowUpdate, of: 1).number > 1 << 20)
                // Only four streams get the large window. The fifth goes on with the small one.
                func begin(_ stream: UInt32) async {
                    await connection.send(
                        HTTP2Frames.request(stream: stream, method: "POST", path: Self.upload, isWhole: false, length)
                            + HTTP2Frames.data(16_000, stream: stream))
                }
                for stream: UInt32 in [3, 5, 7] {
                    await begin(stream)
                    #expect(try await connection.frame(.windowUpdate, of: stream).number > 1 << 20)
                }
                await begin(9)
                await connection.send((0..<2).flatMap { _ in HTTP2Frames.data(16_000, stream: 9) })
                #expect(try await connection.frame(.windowUpdate, of: 9).number <= Self.window)
                connection.close()
            }
        }

        /// The answer to `?wait=` takes 50 s. A body that comes with the request is not kept meanwhile.
        @Test func bodyOfAWaitingRequestIsRefused() async throws {
            try await withMaster { master, bench, trust in
                let job = try await submit(try TestImage.file(1100, 1100), master, bench, trust)
                let connection = try await connect(master)
                let path = "/api/v1/jobs/\(job)?wait=50"
                await connection.send(
                    HTTP2Frames.request(stream: 1, path: path, isWhole: false)
                        + (0..<4).flatMap { _ in HTTP2Frames.data(16_000, stream: 1) })
                // The master drops the body as it comes, so the client may go on sending. Above 64 KiB the request is
                // refused.
                try await connection.frame(.windowUpdate, of: 1)
                await connection.send(HTTP2Frames.data(1537, stream: 1))
                try await connection.frame(.reset, of: 1)
                #expect(connection.body(of: 1).contains("problem:upload-too-large"), "\(connection.body(of: 1))")
                await connection.send(
                    HTTP2Frames.request(
                        stream: 3, path: path, isWhole: false, HTTP2Frames.field("content-length", "65537")))
                try await connection.frame(.reset, of: 3)
                #expect(connection.body(of: 3).contains("problem:upload-too-large"), "\(connection.body(of: 3))")
                // A small body is dropped without an error.
                await connection.send(
                    HTTP2Frames.request(stream: 5, isWhole: false) + HTTP2Frames.data(5, stream: 5, isLast: true))
                try await connection.frame(.data, of: 5)
                #expect(connection.body(of: 5).contains("ok"))
                connection.close()
            }
        }

        /// Answers that no route has made have the same security headers as all others.
        @Test func refusalsHaveTheSecurityHeaders() async throws {
            try await withMaster { master, bench, trust in
                let file = bench.file("body")
                try Data(count: 70_000).write(to: URL(filePath: file))
                for version in ["--http2", "--http1.1"] {
                    let answer = try await Curl.answer(
                        trust + [version, "-X", "GET", "--data-binary", "@\(file)", "\(master.url)/livez"], in: bench)
                    #expect(answer.status == 413, "\(version)")
                    #expect(answer.headers["x-content-type-options"] == "nosniff")
                    #expect(answer.headers["content-security-policy"]?.contains("frame-ancestors 'none'") == true)
                }
            }
        }

        /// The limit is four times the number of connections.
        @Test func numberOfRequestsUnderWayIsLimited() async throws {
            try await withMaster("--max-connections", "8") { master, bench, trust in
                let job = try await submit(try TestImage.file(1100, 1100), master, bench, trust)
                let connection = try await connect(master)
                let path = "/api/v1/jobs/\(job)?wait=50"
                let streams = (0..<33).map { UInt32(1 + 2 * $0) }
                await connection.send(streams.flatMap { HTTP2Frames.request(stream: $0, path: path) })
                try await connection.frame(.data, of: 65)
                #expect(connection.body(of: 65).contains("problem:busy"))
                #expect(connection.frames.allSatisfy { $0.kind != 0 || $0.stream == 65 })
                await connection.send(HTTP2Frames.frame(.reset, stream: 1, [0, 0, 0, 8]))
                try await eventually("a further request is accepted") {
                    let answer = try await Curl.answer(trust + ["--http2", "\(master.url)/livez"], in: bench)
                    return answer.status == 200 ? true : nil
                }
                connection.close()
            }
        }

        /// Each answer is larger than 12 MB. Unsent answers of a client may take 64 MiB.
        @Test func unreadPicturesAreLimited() async throws {
            try await withMaster { master, bench, trust in
                let job = try await submit(Self.noise(side: 2048), master, bench, trust)
                let path = "/api/v1/jobs/\(job)/source/region?max=2048&format=png"
                let connection = try await connect(master, window: 2000)
                for stream: UInt32 in [1, 3, 5, 7, 9] {
                    await connection.send(HTTP2Frames.request(stream: stream, path: path))
                    try await connection.frame(.data, of: stream, within: 60)
                    #expect(!connection.body(of: stream).contains("problem"))
                }
                await connection.send(HTTP2Frames.request(stream: 11, path: path))
                try await connection.frame(.data, of: 11, within: 60)
                #expect(connection.body(of: 11).contains("problem:busy"), "\(connection.body(of: 11).prefix(300))")
                // The client cancels one of them.
                await connection.send(HTTP2Frames.frame(.reset, stream: 3, [0, 0, 0, 8]))
                try await eventually("one more answer fits") {
                    let answer = try await Curl.answer(trust + ["\(master.url)\(path)"], in: bench)
                    #expect([200, 503].contains(answer.status))
                    if answer.status == 503 { #expect(answer.headers["retry-after"] == "5") }
                    return answer.status == 200 && answer.body.count > 12_000_000 ? true : nil
                }
                connection.close()
            }
        }

        /// A BMP file of noise, which no codec can compress.
        private static func noise(side: Int) -> Data {
            var numbers = NumberSequence(seed: 7)
            let count = side * side * 3
            // 1 plane of 24 bits.
            let fields = [54 + count, 0, 54, 40, side, side, 24 << 16 | 1, 0, count, 0, 0, 0, 0]
            var bytes = Array("BM".utf8)
            for field in fields {
                for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: field >> shift)) }
            }
            bytes.reserveCapacity(54 + count)
            while bytes.count < 54 + count { bytes.append(UInt8(numbers.next(below: 256))) }
            return Data(bytes)
        }
    }
}
