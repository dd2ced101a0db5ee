import Foundation
import Logging
import ServiceLifecycle
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// Renders files as `process` does, over the in-process transport, with the storage of images that a test chooses.
struct RenderingBench: Sendable {
    let folder: TestFolder
    let dispatcher: Dispatcher
    let codecs: any ImageCodecs
    let disk: DiskPool
    static let threads = 2

    /// Runs `body` with a bench.
    /// - Parameters:
    ///   - transport: replaces the ordinary transport.
    ///   - codecs: replaces the ordinary codecs.
    static func with<R: Sendable>(
        transport replacing: (InProcessTransport) -> any TileTransport = { $0 },
        codecs other: (DirectCodecs) -> any ImageCodecs = { $0 },
        _ body: (RenderingBench) async throws -> R
    ) async throws -> R {
        let folder = try TestFolder()
        let disk = DiskPool(threads: threads)
        let transport = replacing(InProcessTransport(threads: threads))
        let log = ListLog()
        let dispatcher = Dispatcher(
            partitions: 1, limits: InProcessTransport.limits(threads: threads), transport: transport, log: log,
            logger: .silent)
        let collector = ResultCollector(
            transport: transport, dispatcher: dispatcher, log: log, disk: disk, logger: .silent)
        let bench = RenderingBench(
            folder: folder, dispatcher: dispatcher, codecs: other(DirectCodecs(scratchFolder: folder.url.path)),
            disk: disk)
        let group = ServiceGroup(services: [collector, dispatcher], logger: .silent)
        let parts = Task { try await group.run() }
        let result: Result<R, any Error>
        do { result = .success(try await body(bench)) } catch { result = .failure(error) }
        await group.triggerGracefulShutdown()
        try await parts.value
        await disk.close()
        return try result.get()
    }

    /// A rendering of a file.
    struct Request {
        var transforms = "invert"
        var format = ImageFileFormat.bmp
        var tileSize = 64
        /// A small limit leads to many passes.
        var tileBytes = EmbeddedBroker.partitionBytes
        var options: [String: String] = [:]
        /// The name or path of the result.
        var result = "result"
    }

    /// How the images are stored.
    enum Layout { case leastRings, rings, whole }

    /// Renders a file.
    /// - Returns: the notes.
    @discardableResult
    func render(_ source: String, _ request: Request, _ layout: Layout = .leastRings) async throws -> [String] {
        let header = try ImageHeader.read(path: source)
        let pipeline = try Pipeline(parsing: request.transforms)
        let plan = try PassPlan(
            pipeline: pipeline, size: header.size, format: header.pixelFormat, tileSize: request.tileSize,
            tileBytes: request.tileBytes)
        let options = try JobOptions { request.options[$0] }
        let needsWholeResult = options.encoding(request.format, quality: nil).isPyramid
        let storage: ImageStorage =
            switch layout {
            case .whole: .whole(plan)
            case .rings:
                .rings(
                    plan, source: header, needsWholeResult: needsWholeResult, tilesInFlight: 2 * Self.threads)
            case .leastRings: .least(plan, source: header, needsWholeResult: needsWholeResult)
            }
        let images = TemporaryImages(plan: plan, storage: storage, folder: folder.url.path, disk: disk)
        let path = request.result.hasPrefix("/") ? request.result : folder.path(request.result)
        let notes = try await Rendering(
            run: JobMachine.Run(job: .make(), generation: 1), plan: plan, firstPass: 0, source: source,
            encoder: ResultEncoder(pipeline: pipeline, format: request.format, quality: nil, options: options),
            result: path, images: images, dispatcher: dispatcher, codecs: codecs, disk: disk
        ).perform()
        return images.notes + notes
    }

    /// Whether the result has the pixels of the transforms applied to the whole image.
    func isRight(_ source: String, _ request: Request) throws -> Bool {
        let image = try pixels(ofFile: source)
        let expected = try Pipeline(parsing: request.transforms).apply(to: image, inner: TileRegion(whole: image.size))
        return try pixels(ofFile: folder.path(request.result)).hasSamePixels(as: expected)
    }

    /// Writes an image of this size with different values everywhere.
    func picture(
        _ width: Int, _ height: Int, _ format: PixelFormat = .bgr(.eight), as file: ImageFileFormat = .png,
        name: String = "source", seed: UInt64 = 1
    ) throws -> String {
        var random = SeededGenerator(seed: seed)
        let size = PixelSize(width: width, height: height)
        var bytes: [UInt8] = []
        for index in 0..<PixelBuffer.byteCount(size: size, format: format) {
            let (row, column) = (index / (width * format.bytesPerPixel), index % (width * format.bytesPerPixel))
            let isAlpha = format.hasAlpha && column % format.bytesPerPixel >= 3 * format.depth.rawValue / 8
            let grain = UInt8(truncatingIfNeeded: random.next() >> 58)
            bytes.append(isAlpha ? 255 : UInt8(truncatingIfNeeded: row * 3 + column / 5) &+ grain)
        }
        let path = folder.path("\(name).\(file.fileExtension)")
        try write(
            PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: format), to: path,
            OutputEncoding(fileFormat: file))
        return path
    }
}

extension ImageStorage {
    /// A ring of the fewest possible rows for each image that has more rows than that.
    static func least(_ plan: PassPlan, source: ImageHeader, needsWholeResult: Bool) -> ImageStorage {
        let last = plan.passes.count
        let kinds = (0...last).map { image -> Kind in
            if image == 0, !source.isReadByRows { return .whole }
            if image == last, needsWholeResult { return .whole }
            let rows = leastRows(plan, image, band: source.bandRows)
            return rows < plan.grid.image.height ? .ring(rows: rows) : .whole
        }
        return ImageStorage(kinds, bytes: 0, areRingsInMemory: true)
    }
}
