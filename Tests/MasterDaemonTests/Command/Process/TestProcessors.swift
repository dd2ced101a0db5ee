import Foundation
import Synchronization
import TileCodecs
import TileCore

@testable import MasterDaemon

/// Processes an image in one piece.
struct WholeImageProcessor: ImageProcessor {
    func check(source: String, request: JobRequest) throws(ServiceError) {
        ImagingSetup.prepare()
        let header = try Intake(limits: IntakeLimits(), codecs: DirectCodecs(scratchFolder: "/tmp")).header(source)
        do {
            _ = try request.pipeline.output(for: header.pixelFormat)
        } catch {
            throw ServiceError(.badTransforms, error.reason)
        }
    }

    func process(
        source: String, part: String, request: JobRequest,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> ProcessedImage {
        progress(0, 1)
        let header = try ImageHeader.read(path: source)
        let result = try request.pipeline.apply(to: pixels(ofFile: source), inner: TileRegion(whole: header.size))
        let format = request.format ?? header.fileFormat
        try write(result, to: part, OutputEncoding(fileFormat: format, quality: request.quality))
        progress(1, 1)
        return ProcessedImage(
            size: header.size, tiles: 1, sourceFormat: header.fileFormat, sourceBytes: try Self.bytes(source),
            bytes: try Self.bytes(part), notes: [])
    }

    private static func bytes(_ path: String) throws -> Int { try Data(contentsOf: URL(filePath: path)).count }
}

/// Fails for images of one width, after their result was written.
struct FailingProcessor: ImageProcessor {
    static let reason = "the disk is full"
    let width: Int

    func check(source: String, request: JobRequest) throws(ServiceError) {
        try WholeImageProcessor().check(source: source, request: request)
    }

    func process(
        source: String, part: String, request: JobRequest,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> ProcessedImage {
        let image = try await WholeImageProcessor().process(
            source: source, part: part, request: request, progress: progress)
        if image.size.width == width { throw JobFailure(reason: Self.reason) }
        return image
    }
}

/// Writes something, signals that it has begun, and waits until it is cancelled or released.
final class WaitingProcessor: ImageProcessor {
    /// Yields an element for each image that was begun.
    let begun: AsyncStream<Void>
    private let begin: AsyncStream<Void>.Continuation
    private let permits = AsyncSemaphore(places: 0)
    private let counts = Mutex((now: 0, most: 0))

    init() { (begun, begin) = AsyncStream.makeStream() }

    /// The largest number of images in progress at once.
    var most: Int { counts.withLock { $0.most } }

    func goOn() { for _ in 0..<100 { permits.giveBack() } }

    func check(source: String, request: JobRequest) throws(ServiceError) {}

    func process(
        source: String, part: String, request: JobRequest,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> ProcessedImage {
        counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        defer { counts.withLock { $0.now -= 1 } }
        try Data([1]).write(to: URL(filePath: part))
        begin.yield()
        try await permits.take()
        return ProcessedImage(
            size: PixelSize(width: 1, height: 1), tiles: 1, sourceFormat: .png, sourceBytes: 1, bytes: 1, notes: [])
    }
}
