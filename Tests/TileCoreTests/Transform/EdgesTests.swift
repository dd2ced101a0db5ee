import Testing

@testable import TileCore

/// Edges against an implementation of Canny's algorithm, and tiles against the whole image.
@Suite struct EdgesTests {
    static let thresholds = [(100.0, 200.0), (0, 0), (50, 51.5), (30.5, 400), (200, 2040), (2040, 2040)]

    private func forEachImage(_ format: PixelFormat, _ body: (PlainImage) throws -> Void) rethrows {
        var generator = SeededGenerator(seed: 31)
        for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 2), (64, 41)] {
            for kind in RandomImageKind.allCases {
                try body(PlainImage.random(width: width, height: height, format, kind, using: &generator))
            }
        }
    }

    /// Every pixel is compared. OpenCV's tangent of 22.5° is in fixed point, but no fraction of two Sobel responses
    /// lies between it and the true one.
    @Test(arguments: thresholds) func edgesOf8BitEqualCanny(thresholds: (low: Double, high: Double)) throws {
        let (low, high) = thresholds
        for format in [PixelFormat.gray(.eight), .bgr(.eight)] {
            try forEachImage(format) { image in
                let expected = Reference.canny(Reference.gray(image), low: low, high: high)
                let difference = try image.applying("edges:low=\(low):high=\(high)").firstDifference(from: expected)
                #expect(difference == nil)
            }
        }
    }

    /// For 16 bits, the high byte is used, and the result is 0 or 65535.
    @Test(arguments: [PixelFormat.gray(.sixteen), .bgr(.sixteen)])
    func edgesOf16BitUseTheHighByte(format: PixelFormat) throws {
        try forEachImage(format) { image in
            let gray = Reference.gray(image)
            let highBytes = gray.making(.gray(.eight)) { x, y, _ in gray[x, y] >> 8 }
            let edges = Reference.canny(highBytes, low: 100, high: 200)
            let expected = gray.making { x, y, _ in edges[x, y] * 257 }
            let difference = try image.applying("edges").firstDifference(from: expected)
            #expect(difference == nil)
        }
    }

    /// Hysteresis follows an edge however far it runs, and a tile sees 32 px of it. This is the only step that tiles
    /// may change. On a photograph they change less than one pixel in a thousand.
    @Test(arguments: 1...2) func tilesOfAPhotographDifferInUnderATenthOfAPercent(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let size = PixelSize(width: 800, height: 600)
        let photo = try PhotoLikeImage(size, channels: 3, using: &generator).developed(using: &generator)
        let pipeline = try Pipeline(parsing: "edges")
        #expect(!pipeline.isExact)
        let whole = PlainImage(try pipeline.apply(to: photo, inner: TileRegion(whole: size)))
        let edgePixels = whole.samples.reduce(0) { $0 + $1 / 255 }
        // The scene has about as many edges as a photograph.
        #expect((size.area / 50...size.area / 5).contains(edgePixels))
        for tileSize in [64, 512] {
            let folder = try TemporaryFolder()
            let (canvas, _) = try TiledRun(pipeline: pipeline, tileSize: tileSize).apply(to: photo, in: folder)
            let differences = canvas.withPixels { PlainImage($0) }.differences(from: whole)
            #expect(differences * 1000 < size.area, "seed \(seed), tiles of \(tileSize)")
        }
    }
}
