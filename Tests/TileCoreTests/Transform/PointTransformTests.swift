import Testing

@testable import TileCore

/// Steps that map each pixel alone, against their definitions.
@Suite struct PointTransformTests {
    private func check(
        _ transforms: String, _ format: PixelFormat, _ seed: UInt64, _ definition: (PlainImage) -> PlainImage
    ) throws {
        for image in PlainImage.samples(format, seed: seed) {
            let difference = try image.applying(transforms).firstDifference(from: definition(image))
            #expect(difference == nil, "seed \(seed): \(transforms)")
        }
    }

    @Test(arguments: PixelFormat.colorFormats) func invertEqualsItsDefinition(format: PixelFormat) throws {
        try check("invert", format, 1, Reference.invert)
    }

    @Test(
        arguments: PixelFormat.colorFormats,
        [-255_000, -100_500, -40_000, -1_500, -500, -1, 0, 1, 499, 500, 501, 1_500, 40_000, 99_123, 255_000])
    func brightnessEqualsItsDefinition(format: PixelFormat, thousandths: Int) throws {
        try check("brightness:delta=\(Double(thousandths) / 1000)", format, 2) { image in
            Reference.brightness(image, thousandths: thousandths)
        }
    }

    @Test(
        arguments: PixelFormat.colorFormats,
        [0, 1, 100, 300, 500, 700, 999, 1000, 1001, 1500, 2500, 3333, 7100, 10_000])
    func contrastEqualsItsDefinition(format: PixelFormat, thousandths: Int) throws {
        try check("contrast:factor=\(Double(thousandths) / 1000)", format, 3) { image in
            Reference.contrast(image, thousandths: thousandths)
        }
    }

    @Test(arguments: PixelFormat.colorFormats, [0, 500, 999, 1000, 127_999, 128_000, 200_300, 254_500, 255_000])
    func thresholdEqualsItsDefinition(format: PixelFormat, thousandths: Int) throws {
        try check("threshold:level=\(Double(thousandths) / 1000)", format, 4) { image in
            Reference.threshold(Reference.gray(image), thousandths: thousandths)
        }
    }

    @Test(arguments: PixelFormat.colorFormats) func grayscaleEqualsItsDefinition(format: PixelFormat) throws {
        try check("grayscale", format, 5, Reference.gray)
        try check("grayscale,grayscale", format, 6, Reference.gray)
    }

    /// Compared with the weights of the definition, not only with OpenCV's fixed-point ones.
    @Test(arguments: SampleDepth.allCases) func grayscaleIsLuma(depth: SampleDepth) throws {
        let tolerance = depth == .eight ? 0.51 : 2.0
        for image in PlainImage.samples(.bgr(depth), seed: 7) {
            let gray = try image.applying("grayscale")
            for y in 0..<image.height {
                for x in 0..<image.width {
                    let thousandths = 114 * image[x, y, 0] + 587 * image[x, y, 1] + 299 * image[x, y, 2]
                    #expect(abs(Double(gray[x, y]) - Double(thousandths) / 1000) <= tolerance)
                }
            }
        }
    }

    @Test(arguments: PixelFormat.colorFormats) func sepiaEqualsItsDefinition(format: PixelFormat) throws {
        try check("sepia", format, 8, Reference.sepia)
        try check("grayscale,sepia", format, 9) { Reference.sepia(Reference.gray($0)) }
    }

    /// Values whose sums end in .5: ties go to the even neighbour.
    @Test(arguments: SampleDepth.allCases) func sepiaTiesGoToTheEvenNeighbour(depth: SampleDepth) throws {
        var ties: [Int] = []
        for red in 0...255 {
            for green in 0...255 where (393 * red + 769 * green) % 1000 == 500 { ties += [0, green, red] }
        }
        #expect(ties.count > 60)
        let image = PlainImage(width: ties.count / 3, height: 1, format: .bgr(depth), samples: ties)
        #expect(try image.applying("sepia").firstDifference(from: Reference.sepia(image)) == nil)
    }

    @Test func defaultsAreTheDocumentedOnes() throws {
        for (short, long) in [
            ("brightness", "brightness:delta=40"), ("contrast", "contrast:factor=1.5"),
            ("threshold", "threshold:level=128"), ("blur", "blur:ksize=99:sigma=0"), ("median", "median:ksize=5"),
            ("edges", "edges:low=100:high=200"),
        ] {
            for image in PlainImage.samples(.bgr(.eight), seed: 10) {
                #expect(try image.applying(short) == image.applying(long), "\(short)")
            }
        }
    }
}
