import Foundation
import Logging
import Synchronization
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// Overviews that codecs make while they decode or encode, in their own processes and in this one.
@Suite struct OverviewCodecTests {
    private static let size = PixelSize(width: 1500, height: 1100)
    private let folder: TestFolder
    private let reports = Reports()

    private final class Reports: Sendable {
        private let state = Mutex<[String]>([])
        var all: [String] { state.withLock { $0 } }
        func add(_ reason: String) { state.withLock { $0.append(reason) } }
    }

    init() throws { folder = try TestFolder() }

    /// Runs `body` with codec processes, on a thread that lasts as long as they do.
    private func with<R: Sendable>(_ body: @escaping @Sendable (CodecProcesses) throws -> R) async throws -> R {
        let scratch = folder.url.path
        let disk = DiskPool(threads: 1)
        let result = try await disk.run { () -> Result<R, any Error> in
            let codecs = CodecProcesses(
                program: builtMaster, count: 1, codecThreads: 2, scratchFolder: scratch,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            return Result {
                try codecs.start()
                defer { codecs.close() }
                return try body(codecs)
            }
        }
        await disk.close()
        return try result.get()
    }

    private func file(_ name: String) -> OverviewFile {
        OverviewFile(part: folder.path("\(name).part.tif"), path: folder.path("\(name).tif")) { [reports] in
            reports.add($0)
        }
    }

    private func source(_ format: ImageFileFormat, _ pixels: PixelFormat = .bgr(.eight)) throws -> String {
        let bytes = (0..<PixelBuffer.byteCount(size: Self.size, format: pixels)).map { index in
            UInt8(truncatingIfNeeded: index / 89 &+ index / 4500)
        }
        let path = folder.path("source")
        try write(
            PixelBuffer(adopting: OwnedBytes(copying: bytes), size: Self.size, format: pixels), to: path,
            OutputEncoding(fileFormat: format))
        return path
    }

    private func encoder(_ format: ImageFileFormat, _ fields: [String: String] = [:]) throws -> ResultEncoder {
        ResultEncoder(
            pipeline: try Pipeline(parsing: "invert"), format: format, quality: nil,
            options: try JobOptions { fields[$0] })
    }

    private func decode(_ source: String, by codecs: any ImageCodecs, _ overviews: OverviewFile?) throws -> Canvas {
        let header = try codecs.header(of: source, page: nil)
        let canvas = try Canvas.unnamed(in: folder.url.path, size: header.size, format: header.pixelFormat)
        _ = try codecs.decode(source, JobOptions(), into: canvas, overviews: overviews, until: { false }) { _ in }
        return canvas
    }

    @Test(arguments: ImageFileFormat.allCases)
    func overviewsOfAProcessEqualThoseMadeHere(format: ImageFileFormat) async throws {
        let source = try source(format)
        let direct = DirectCodecs(scratchFolder: folder.url.path, codecThreads: 3)
        try await with { codecs in
            let image = try decode(source, by: codecs, file("other"))
            _ = try decode(source, by: direct, file("own"))
            #expect(try folder.bytes(of: "own.tif") == folder.bytes(of: "other.tif"))
            for target in ImageFileFormat.allCases {
                for (codecs, name) in [(codecs as any ImageCodecs, "other"), (direct, "own")] {
                    _ = try codecs.encode(
                        image, of: source, by: encoder(target), into: folder.path("\(name).result"),
                        overviews: file("\(name).result"))
                }
                #expect(try folder.bytes(of: "own.result.tif") == folder.bytes(of: "other.result.tif"), "\(target)")
                // Overviews are made from the pixels before lossy compression. An index of rows may follow them.
                #expect(
                    try folder.bytes(of: "own.result.tif").starts(with: folder.bytes(of: "own.tif")), "\(target)")
            }
        }
        #expect(reports.all.isEmpty && !folder.contents.contains { $0.contains(".part") })
    }

    /// The request has as many descriptors as a message can carry: the scratch file, the overviews and all others.
    @Test func progressiveJPEGOverABackgroundHasOverviews() async throws {
        let source = try source(.png, .bgra(.eight))
        let encoder = try encoder(.jpeg, ["progressive": "true", "background": "ff8000", "subsampling": "444"])
        try await with { codecs in
            let image = try decode(source, by: codecs, nil)
            let result = folder.path("result")
            _ = try codecs.encode(image, of: source, by: encoder, into: result, overviews: file("result"))
            // Overviews are made from the written pixels, with alpha over the background.
            let whole = try codecs.decoded(result, in: folder.url.path)
            let part = try #require(
                Overviews(of: Self.size).part(showing: TileRegion(whole: Self.size), side: Self.size.width / 2))
            let half = try Canvas.unnamed(in: folder.url.path, size: part.region.size, format: .bgr(.eight))
            try codecs.readOverview(folder.path("result.tif"), part, into: half)
            let expected = try whole.withPixels { pixels throws(ImagingError) in try pixels.shrunk(to: half.size) }
            #expect(half.withPixels { meanDifference($0, expected) } < 3)
        }
        #expect(reports.all.isEmpty)
    }

    /// On a full disk the image is still decoded and encoded.
    @Test(arguments: [false, true]) func fullDiskOnlyCostsTheOverviews(isDirect: Bool) async throws {
        let source = try source(.png)
        let overviews = file("full")
        @Sendable func link() throws {
            try FileManager.default.createSymbolicLink(atPath: overviews.part, withDestinationPath: "/dev/full")
        }
        try await with { codecs in
            let codecs: any ImageCodecs = isDirect ? DirectCodecs(scratchFolder: folder.url.path) : codecs
            let expected = try decode(source, by: codecs, nil)
            try link()
            let image = try decode(source, by: codecs, overviews)
            #expect(image.withPixels { image in expected.withPixels { image.hasSamePixels(as: $0) } })
            #expect(reports.all.count == 1 && reports.all[0].contains("No space left"), "\(reports.all)")
            try link()
            let paths = ["with", "without"].map { folder.path($0) }
            let notes = try codecs.encode(image, of: source, by: encoder(.png), into: paths[0], overviews: overviews)
            #expect(try codecs.encode(image, of: source, by: encoder(.png), into: paths[1]) == notes)
            #expect(try folder.bytes(of: "with") == folder.bytes(of: "without"))
            #expect(reports.all.count == 2)
        }
        #expect(!folder.contents.contains { $0.hasSuffix(".tif") })
        #expect(FileManager.default.fileExists(atPath: "/dev/full"))
    }

    @Test func uncreatableFileIsReported() async throws {
        let source = try source(.png)
        let overviews = OverviewFile(part: folder.path("none/a.part.tif"), path: folder.path("none/a.tif")) {
            [reports] in reports.add($0)
        }
        try await with { codecs in
            let image = try decode(source, by: codecs, overviews)
            _ = try codecs.encode(image, of: source, by: encoder(.png), into: folder.path("a"), overviews: overviews)
        }
        #expect(reports.all.count == 2 && reports.all.allSatisfy { $0.contains("none/a.part.tif") })
    }

    /// A cancelled image has no overviews, neither partial ones nor those of an earlier attempt.
    @Test func cancelledImageHasNoOverviews() async throws {
        let source = try source(.png)
        try await with { codecs in
            let image = try decode(source, by: codecs, file("a"))
            #expect(folder.contents.contains("a.tif"))
            let calls = Mutex(0)
            #expect(throws: CancellationError.self) {
                _ = try codecs.decode(source, JobOptions(), into: image, overviews: file("a")) {
                    calls.withLock { count in
                        count += 1
                        return count > 2
                    }
                } progress: { _ in
                }
            }
            #expect(!folder.contents.contains { $0.hasSuffix(".tif") })
            for codecs in [codecs as any ImageCodecs, DirectCodecs(scratchFolder: folder.url.path)] {
                let result = try codecs.beginEncoding(
                    image, of: source, by: encoder(.png), into: folder.path("b"), overviews: file("b"), until: { false }
                )
                try result.write(upTo: 500) { false }
                #expect(folder.contents.contains("b.part.tif"))
                result.cancel()
                #expect(!folder.contents.contains { $0.hasSuffix(".tif") })
            }
        }
        #expect(reports.all.isEmpty)
    }

    /// The index of rows of a PNG or JPEG file follows its overviews. The other formats need none.
    @Test(arguments: [ImageFileFormat.png, .jpeg, .tiff, .bmp]) func rowsAreReadAlone(
        format: ImageFileFormat
    ) async throws {
        let source = try source(.png)
        let direct = DirectCodecs(scratchFolder: folder.url.path)
        try await with { codecs in
            let image = try decode(source, by: codecs, nil)
            let result = folder.path("result")
            _ = try codecs.encode(image, of: source, by: encoder(format), into: result, overviews: file("result"))
            let whole = try codecs.decoded(result, in: folder.url.path)
            for rows in [0..<1, 300..<900, 1099..<1100] {
                for codecs in [codecs as any ImageCodecs, direct] {
                    let size = PixelSize(width: Self.size.width, height: rows.count)
                    let canvas = try Canvas.unnamed(in: folder.url.path, size: size, format: .bgr(.eight))
                    let index = format == .png || format == .jpeg ? folder.path("result.tif") : nil
                    try codecs.readRows(rows, of: result, page: nil, index: index, into: canvas) { false }
                    let isSame = canvas.withPixels { part in
                        whole.withPixels(rows: rows) { part.hasSamePixels(as: $0) }
                    }
                    #expect(isSame, "\(rows)")
                    let tall = try Canvas.unnamed(in: folder.url.path, size: Self.size, format: .bgr(.eight))
                    #expect(throws: (any Error).self) {
                        try codecs.readRows(rows, of: result, page: nil, index: index, into: tall) { false }
                    }
                }
            }
            // The source has no index, like files of other programs.
            let canvas = try Canvas.unnamed(
                in: folder.url.path, size: PixelSize(width: Self.size.width, height: 1), format: .bgr(.eight))
            let error = #expect(throws: ImageFileError.self) {
                try codecs.readRows(0..<1, of: source, page: nil, index: nil, into: canvas) { false }
            }
            #expect(error?.code == .unsupported)
        }
    }

    @Test func damagedOverviewsAreAnError() async throws {
        let source = try source(.png)
        try await with { codecs in
            _ = try decode(source, by: codecs, file("a"))
            let part = try #require(
                Overviews(of: Self.size).part(showing: TileRegion(whole: Self.size), side: Self.size.width / 2))
            let canvas = try Canvas.unnamed(in: folder.url.path, size: part.region.size, format: .bgr(.eight))
            let whole = try folder.bytes(of: "a.tif")
            for bytes in [
                [], Array(whole.prefix(20)), Array(whole.prefix(whole.count / 2)), [UInt8](repeating: 0, count: 4096),
            ] {
                try folder.write(bytes, to: "a.tif")
                #expect(throws: (any Error).self) { try codecs.readOverview(folder.path("a.tif"), part, into: canvas) }
            }
            #expect(try codecs.header(of: source, page: nil).size == Self.size)
        }
    }

    private func meanDifference(_ a: borrowing PixelBuffer, _ b: borrowing PixelBuffer) -> Double {
        var samples: ([UInt8], [UInt8]) = ([], [])
        a.forEachRow { row in samples.0 += [UInt8](copying: row) }
        b.forEachRow { row in samples.1 += [UInt8](copying: row) }
        #expect(samples.0.count == samples.1.count)
        let sum = zip(samples.0, samples.1).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(samples.0.count)
    }
}
