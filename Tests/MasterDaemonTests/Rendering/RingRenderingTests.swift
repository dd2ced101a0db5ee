import Foundation
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// Whole renderings with images in rings of the fewest possible rows. Each ends with the right pixels.
@Suite(.timeLimit(.minutes(10))) struct RingRenderingTests {
    typealias Request = RenderingBench.Request

    /// With tiles of 64 px: one row, one column, one tile, a pixel more than whole tiles, whole rows of tiles, less than a
    /// tile wide.
    private static let sizes = [(300, 1), (1, 300), (64, 64), (65, 513), (130, 640), (20, 1500)].map {
        PixelSize(width: $0.0, height: $0.1)
    }

    @Test(arguments: sizes, ["invert", "blur:ksize=255", "grayscale,blur:ksize=31,sharpen"])
    func resultEqualsTheWholeImage(size: PixelSize, transforms: String) async throws {
        try await RenderingBench.with { bench in
            let source = try bench.picture(size.width, size.height)
            for (tile, layout) in [(64, RenderingBench.Layout.leastRings), (200, .leastRings), (64, .rings)] {
                var request = Request(transforms: transforms)
                request.tileSize = tile
                try await bench.render(source, request, layout)
                #expect(try bench.isRight(source, request), "\(tile) \(layout)")
            }
        }
    }

    /// Compares each sample with 255 minus the source's sample, so that our own `invert` is not its own measure.
    @Test func everyRowIsInItsPlace() async throws {
        try await RenderingBench.with { bench in
            let source = try bench.picture(70, 2000, .gray(.eight), as: .png)
            try await bench.render(source, Request())
            func bytes(_ path: String) throws -> [UInt8] {
                let image = try pixels(ofFile: path)
                var bytes: [UInt8] = []
                image.forEachRow { bytes += [UInt8](copying: $0) }
                return bytes
            }
            #expect(try bytes(bench.folder.path("result")) == bytes(source).map { 255 - $0 })
        }
    }

    /// 32 steps, each of them a pass.
    @Test(arguments: [RenderingBench.Layout.leastRings, .whole])
    func longChainOfPassesIsRendered(layout: RenderingBench.Layout) async throws {
        try await RenderingBench.with { bench in
            let source = try bench.picture(150, 1200)
            var request = Request(
                transforms: Array(repeating: "blur:ksize=5,invert", count: 16).joined(separator: ","))
            request.tileBytes = 1
            try await bench.render(source, request, layout)
            #expect(try bench.isRight(source, request))
        }
    }

    /// The halos are so wide that a pass needs several rows of tiles of the previous one.
    @Test func chainOfWideBlursIsRendered() async throws {
        try await RenderingBench.with { bench in
            let source = try bench.picture(100, 1500)
            var request = Request(
                transforms: "blur:ksize=255,blur:ksize=99,median:ksize=3,blur:ksize=255,blur:ksize=3")
            request.tileBytes = 1
            try await bench.render(source, request)
            #expect(try bench.isRight(source, request))
        }
    }

    @Test(arguments: ImageFileFormat.allCases, [PixelFormat.gray(.eight), .bgr(.eight), .bgra(.eight)])
    func everyFormatIsRendered(file: ImageFileFormat, format: PixelFormat) async throws {
        guard file.canHold(format) else { return }
        try await RenderingBench.with { bench in
            let source = try bench.picture(90, 900, format, as: file)
            let request = Request(transforms: "blur:ksize=9", format: file == .jpeg ? .png : file)
            try await bench.render(source, request)
            #expect(try bench.isRight(source, request))
        }
    }

    /// WebP is decoded as a whole, and overviews are made from a whole result.
    @Test func formatsThatNeedAWholeImageGetOne() async throws {
        try await RenderingBench.with { bench in
            let source = try bench.picture(90, 900, as: .webp)
            var request = Request(format: .tiff)
            request.options = ["pyramid": "true"]
            try await bench.render(source, request)
            #expect(try bench.isRight(source, request))
        }
    }

    @Test(arguments: 0..<12 as Range<UInt64>) func resultIsRightWithRandomDelays(seed: UInt64) async throws {
        @Sendable func pause(_ rows: Int) {
            var random = SeededGenerator(seed: seed &* 7919 &+ UInt64(rows))
            usleep(UInt32.random(in: 0..<3000, using: &random))
        }
        try await RenderingBench.with(
            transport: { JitteryTransport($0, seed: seed) },
            codecs: { FaultyCodecs(codecs: $0, decoding: { pause($0) }, encoding: { pause($0 + 1) }) }
        ) { bench in
            let source = try bench.picture(170, 900)
            var request = Request(transforms: "blur:ksize=31,sharpen,blur:ksize=63")
            request.tileBytes = [1, EmbeddedBroker.partitionBytes][Int(seed % 2)]
            try await bench.render(source, request)
            #expect(try bench.isRight(source, request))
        }
    }

    /// There are more images than threads, and than places for decoders and encoders.
    @Test func manyImagesAreRenderedAtOnce() async throws {
        let count = 2 * ProcessInfo.processInfo.activeProcessorCount + 5
        try await RenderingBench.with { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<count {
                    group.addTask {
                        let source = try bench.picture(
                            60 + number, 700 + number, name: "source-\(number)", seed: UInt64(number))
                        var request = Request(transforms: "blur:ksize=\(2 * number + 3)")
                        request.result = "result-\(number)"
                        try await bench.render(source, request)
                        #expect(try bench.isRight(source, request), "\(number)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    // MARK: Alpha

    @Test func transparentPixelIsNamedAfterItsRowWasReleased() async throws {
        try await RenderingBench.with { bench in
            let source = try bench.picture(50, 900, .bgra(.eight))
            let notes = try await bench.render(source, Request(format: .jpeg))
            #expect(notes.contains { $0.contains("opaque everywhere") })
            let image = try Canvas.temporary(
                size: PixelSize(width: 50, height: 900), format: .bgra(.eight), in: bench.folder.url.path)
            image.paste(try pixels(ofFile: source), at: TileRegion(whole: image.size))
            image.paste(
                PixelBuffer(
                    adopting: OwnedBytes(copying: [0, 0, 0, 9]), size: PixelSize(width: 1, height: 1),
                    format: .bgra(.eight)), at: TileRegion(x: 7, y: 130, width: 1, height: 1))
            try write(
                image.cut(TileRegion(whole: image.size)), to: bench.folder.path("holes.png"),
                OutputEncoding(fileFormat: .png))
            let failure = await #expect(throws: JobFailure.self) {
                try await bench.render(bench.folder.path("holes.png"), Request(format: .jpeg))
            }
            #expect(failure?.reason.contains("transparent at (7, 130)") == true)
        }
    }
}
