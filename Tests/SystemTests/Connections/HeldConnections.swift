import Foundation
import NIOCore
import Testing
import TileCore

/// TLS connections that a test keeps busy for as long as it wants: an upload, a download, and a connection of each HTTP
/// version that sends one request after the other.
struct HeldConnections: Sendable {
    private static let head = " HTTP/1.1\r\nHost: localhost\r\n"

    private let upload: RawConnection
    private let download: RawConnection
    private let alive: RawConnection
    private let http2: RawConnection
    /// The pieces of the upload. `progress` counts the sent ones.
    private let pieces: [[UInt8]]
    private let progress = Progress()
    private let downloadBytes: Int

    private actor Progress {
        private(set) var steps = 0
        func next() -> Int {
            defer { steps += 1 }
            return steps
        }
    }

    /// Opens all connections, and starts what each of them does.
    static func open(
        to master: MasterProcess, _ certificate: TestCertificate, _ bench: Workbench
    ) async throws -> HeldConnections {
        // The image is larger than the kernel's buffers of a connection, so its download lasts until the test reads it.
        let large = try TestImage.file(3000, 3000, as: .bmp)
        let file = bench.file("held.bmp")
        try large.write(to: URL(filePath: file))
        let job = try await Curl.answer(
            [
                "--cacert", certificate.ca, "-X", "POST", "-T", file,
                "\(master.url)/api/v1/jobs?transforms=invert&format=bmp",
            ], in: bench
        ).decoded(JobAnswer.self)
        func connect(_ version: String = "http/1.1") async throws -> RawConnection {
            try await RawConnection.open(master, protocols: [version])
        }
        let image = [UInt8](try TestImage.file(1100, 1100))
        let length = (image.count + 9) / 10
        let held = HeldConnections(
            upload: try await connect(), download: try await connect(), alive: try await connect(),
            http2: try await connect("h2"),
            pieces: stride(from: 0, to: image.count, by: length).map {
                Array(image[$0..<min($0 + length, image.count)])
            },
            downloadBytes: large.count)
        await held.upload.send("POST /api/v1/jobs?transforms=invert\(head)Content-Length: \(image.count)\r\n\r\n")
        // The TLS handshake is over once an answer has come.
        await held.download.send("GET /livez\(head)\r\n")
        try await eventually("the download's connection is there") { held.download.statuses == [200] ? true : nil }
        try await held.download.takes(false)
        await held.download.send("GET /api/v1/jobs/\(job.jobId)/source\(head)Connection: close\r\n\r\n")
        await held.http2.send(HTTP2Frames.beginning())
        try await held.goOn()
        return held
    }

    /// Sends another piece of the upload, and another request on the other connections.
    func goOn() async throws {
        let step = await progress.next()
        await upload.send(pieces[step])
        await alive.send("GET /livez\(Self.head)\r\n")
        let stream = UInt32(1 + 2 * step)
        await http2.send(HTTP2Frames.request(stream: stream))
        try await http2.frame(.data, of: stream)
        try await eventually("the connection goes on; closed: \(alive.isClosed)") {
            alive.statuses == Array(repeating: 200, count: step + 1) ? true : nil
        }
        #expect(!upload.isClosed && !download.isClosed)
    }

    /// Completes the upload and the download, and closes all connections.
    func complete() async throws {
        for step in await progress.steps..<pieces.count { await upload.send(pieces[step]) }
        try await eventually("the upload is a job: \(upload.text)") { upload.statuses == [202] ? true : nil }
        try await download.takes(true)
        try await download.untilClosed()
        #expect(download.received.readableBytes > downloadBytes)
        for connection in [upload, alive, http2] { connection.close() }
    }
}
