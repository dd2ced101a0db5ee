import Testing

@testable import TileCore

/// Alpha passes every step unchanged.
@Suite struct AlphaTests {
    /// All transforms of the catalogue, so that a new one is tested, too.
    @Test(arguments: TransformCatalogue.descriptors.map(\.name), SampleDepth.allCases)
    func alphaIsUntouchedAndColorIsTransformed(name: String, depth: SampleDepth) throws {
        for image in PlainImage.samples(.bgra(depth), seed: 41) {
            let result = try image.applying(name)
            #expect(result.format == .bgra(depth))
            #expect(result.alpha == image.alpha)
            let color = try image.withoutAlpha.applying(name)
            let expected = color.channels == 3 ? color : color.making(.bgr(depth)) { x, y, _ in color[x, y] }
            #expect(result.withoutAlpha.firstDifference(from: expected) == nil)
        }
    }

    @Test(arguments: ["grayscale", "threshold", "edges", "sepia,grayscale", "grayscale,invert"], SampleDepth.allCases)
    func grayWithAlphaHasFourChannels(transforms: String, depth: SampleDepth) throws {
        for image in PlainImage.samples(.bgra(depth), seed: 42) {
            let result = try image.applying(transforms)
            #expect(result.format == .bgra(depth))
            #expect(result.alpha == image.alpha)
            for y in 0..<image.height {
                for x in 0..<image.width {
                    #expect(result[x, y, 0] == result[x, y, 1] && result[x, y, 1] == result[x, y, 2])
                }
            }
        }
    }

    @Test func alphaIsCroppedWithTheColor() throws {
        var generator = SeededGenerator(seed: 43)
        let image = PixelBuffer.random(width: 20, height: 12, .bgra(.sixteen), using: &generator)
        let inner = TileRegion(x: 3, y: 4, width: 9, height: 5)
        let part = PlainImage(try Pipeline(parsing: "invert").apply(to: image, inner: inner))
        #expect(part.alpha == PlainImage(image.copy(inner)).alpha)
    }
}
