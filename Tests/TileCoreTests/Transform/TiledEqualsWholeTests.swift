import Testing

@testable import TileCore

/// The central guarantee: an image transformed in tiles equals the image transformed as a whole, in every byte.
@Suite struct TiledEqualsWholeTests {
    @Test(arguments: 1...100) func randomPipelinesOfTilesEqualTheWhole(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let format = generator.pick(PixelFormat.everyFormat)
        let pipeline = try Pipeline.random(steps: generator.int(1...6), for: format, using: &generator)
        // With a wide halo every tile costs as much as the whole image, so such cases get a smaller image.
        let halo = pipeline.halo(format.depth)
        let limit = halo > 150 ? 180 : halo > 40 ? 260 : 700
        let size = PixelSize(width: generator.side(upTo: limit), height: generator.side(upTo: limit))
        let tileSize = generator.pick(halo > 40 ? [64, 65, 96] : [40, 64, 65, 96, 128, 200, 333])
        let image = PixelBuffer.random(size, format, generator.pick(RandomImageKind.allCases), using: &generator)
        try check(image, pipeline, tileSize, "seed \(seed)")
    }

    /// In images smaller than the kernel, the border is reflected again and again.
    @Test(arguments: [(1, 1), (1, 9), (9, 1), (2, 2), (3, 70), (70, 3), (40, 40), (65, 66), (130, 1), (1, 130)])
    func imagesSmallerThanTheKernelEqualTheWhole(width: Int, height: Int) throws {
        for (number, format) in PixelFormat.everyFormat.enumerated() {
            var generator = SeededGenerator(seed: UInt64(1000 * width + 10 * height + number))
            let image = PixelBuffer.random(width: width, height: height, format, using: &generator)
            let median = format.depth == .eight ? 31 : 5
            for text in ["blur", "blur:ksize=255", "median:ksize=\(median)", "emboss,blur:ksize=151,sharpen"] {
                try check(image, try Pipeline(parsing: text), 64, "\(width)×\(height)")
            }
        }
    }

    /// The halo is several times as wide as the tile, and the image is one pixel larger than a multiple of tiles.
    @Test(arguments: PixelFormat.everyFormat) func halosWiderThanTheTileEqualTheWhole(format: PixelFormat) throws {
        var generator = SeededGenerator(seed: 77)
        let image = PixelBuffer.random(width: 257, height: 193, format, .blocks, using: &generator)
        try check(image, try Pipeline(parsing: "blur:ksize=255,median:ksize=5,sharpen,blur:sigma=3"), 64, "wide")
    }

    /// The default blur on the default tile.
    @Test func defaultBlurOfLargeTilesEqualsTheWhole() throws {
        var generator = SeededGenerator(seed: 78)
        let image = PixelBuffer.random(width: 1100, height: 600, .bgr(.eight), .blocks, using: &generator)
        try check(image, try Pipeline(parsing: "blur"), 512, "default")
    }

    private func check(
        _ image: borrowing PixelBuffer, _ pipeline: Pipeline, _ tileSize: Int, _ name: String
    ) throws {
        let comment: Comment = "\(name): '\(pipeline)' on \(image.size) \(image.format) in tiles of \(tileSize)"
        #expect(pipeline.isExact, comment)
        let whole = try pipeline.apply(to: image, inner: TileRegion(whole: image.size))
        let folder = try TemporaryFolder()
        let (canvas, tiles) = try TiledRun(pipeline: pipeline, tileSize: tileSize).apply(to: image, in: folder)
        #expect(tiles == TileGrid(image: image.size, tileSize: tileSize).count, comment)
        let isEqual = canvas.withPixels { $0.hasSamePixels(as: whole) }
        #expect(isEqual, comment)
    }
}
