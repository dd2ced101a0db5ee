import Testing

@testable import TileCore

/// Steps that read a pixel's neighbours and compute in integers, against their definitions.
@Suite struct NeighbourhoodTransformTests {
    private func check(
        _ transforms: String, _ format: PixelFormat, sizes: [(Int, Int)], _ definition: (PlainImage) -> PlainImage
    ) throws {
        var generator = SeededGenerator(seed: 11)
        for (width, height) in sizes {
            for kind in RandomImageKind.allCases {
                let image = PlainImage.random(width: width, height: height, format, kind, using: &generator)
                let difference = try image.applying(transforms).firstDifference(from: definition(image))
                #expect(difference == nil, "\(transforms) of \(kind)")
            }
        }
    }

    private static let sizes = [(1, 1), (1, 7), (7, 1), (2, 2), (3, 3), (17, 2), (41, 23)]

    @Test(arguments: PixelFormat.colorFormats) func sharpenEqualsItsDefinition(format: PixelFormat) throws {
        try check("sharpen", format, sizes: Self.sizes) { Reference.filter($0, [-1, -1, -1, -1, 9, -1, -1, -1, -1]) }
    }

    @Test(arguments: PixelFormat.colorFormats) func embossEqualsItsDefinition(format: PixelFormat) throws {
        try check("emboss", format, sizes: Self.sizes) { Reference.filter($0, [-2, -1, 0, -1, 1, 1, 0, 1, 2]) }
    }

    @Test(arguments: PixelFormat.colorFormats, [3, 5])
    func smallMediansEqualTheirDefinition(format: PixelFormat, ksize: Int) throws {
        try check("median:ksize=\(ksize)", format, sizes: Self.sizes) { Reference.median($0, ksize) }
    }

    /// OpenCV has one algorithm for medium kernels and another for large ones. Some images are narrower than the
    /// kernel.
    @Test(arguments: [PixelFormat.gray(.eight), .bgr(.eight)], [7, 9, 15, 31])
    func largeMediansEqualTheirDefinition(format: PixelFormat, ksize: Int) throws {
        try check("median:ksize=\(ksize)", format, sizes: [(1, 1), (5, 3), (24, 11)]) { Reference.median($0, ksize) }
    }

    @Test func theOrderOfTheStepsIsTheOrderApplied() throws {
        var generator = SeededGenerator(seed: 12)
        let image = PlainImage.random(width: 30, height: 20, .bgr(.eight), using: &generator)
        let kernel = [-1, -1, -1, -1, 9, -1, -1, -1, -1]
        let expected = Reference.median(Reference.filter(Reference.invert(Reference.gray(image)), kernel), 3)
        #expect(try image.applying("grayscale,invert,sharpen,median:ksize=3") == expected)
        #expect(try image.applying("median:ksize=3,sharpen,invert,grayscale") != expected)
    }

    /// The requested part equals the same part of the whole, wherever it is.
    @Test func onlyTheInnerPixelsComeBack() throws {
        var generator = SeededGenerator(seed: 13)
        let image = PixelBuffer.random(width: 33, height: 21, .bgra(.eight), using: &generator)
        let pipeline = try Pipeline(parsing: "sharpen,median:ksize=5")
        let whole = try pipeline.apply(to: image, inner: TileRegion(whole: image.size))
        for inner in [
            TileRegion(x: 0, y: 0, width: 1, height: 1), TileRegion(x: 32, y: 20, width: 1, height: 1),
            TileRegion(x: 5, y: 3, width: 20, height: 9),
        ] {
            let part = try pipeline.apply(to: image, inner: inner)
            let isPart = part.hasSamePixels(as: whole.copy(inner))
            #expect(isPart, "\(inner)")
        }
    }
}
