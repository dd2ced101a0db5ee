import Testing

@testable import TileCore

/// Stages that combine steps, or compute only a part of the image, give the result of the single steps.
@Suite struct PipelineStagesTests {
    private static let pointSteps = [
        "invert", "brightness:delta=33.5", "brightness:delta=-90", "contrast:factor=2.2", "contrast:factor=0.4",
        "threshold:level=77", "grayscale", "sepia",
    ]

    private func check(_ steps: [String], _ format: PixelFormat, using generator: inout SeededGenerator) throws {
        let size = PixelSize(width: generator.int(30...70), height: generator.int(30...70))
        let image = PixelBuffer.random(size, format, .blocks, using: &generator)
        let inner = TileRegion(x: 7, y: 4, width: size.width - 20, height: size.height - 13)
        var expected = image.copy(TileRegion(whole: size))
        for step in steps {
            expected = try Pipeline(parsing: step).apply(to: expected, inner: TileRegion(whole: size))
        }
        let whole = try Pipeline(parsing: steps.joined(separator: ",")).apply(to: image, inner: TileRegion(whole: size))
        let isWholeEqual = whole.hasSamePixels(as: expected)
        #expect(isWholeEqual, "\(steps) of \(format)")
        let part = try Pipeline(parsing: steps.joined(separator: ",")).apply(to: image, inner: inner)
        let isPartEqual = part.hasSamePixels(as: expected.copy(inner))
        #expect(isPartEqual, "\(inner) by \(steps) of \(format)")
    }

    @Test(arguments: PixelFormat.everyFormat) func consecutiveTablesEqualTheirSteps(format: PixelFormat) throws {
        var generator = SeededGenerator(seed: UInt64(format.bytesPerPixel) + 40)
        for _ in 0..<60 {
            let steps = (0..<generator.int(1...6)).map { _ in generator.pick(Self.pointSteps) }
            try check(steps, format, using: &generator)
        }
    }

    /// Equal pixels do not show whether tables are combined, so this test counts the stages.
    @Test(
        arguments: [
            ("invert", 1, 1), ("invert,brightness:delta=20,contrast", 1, 3), ("blur,invert,contrast", 2, 3),
            ("invert,brightness,sharpen,contrast,invert", 3, 5), ("sepia,invert,contrast", 2, 3),
            ("grayscale,invert,threshold", 2, 3),
            // A threshold makes a color image gray first. Its table is then combined with the tables behind it.
            ("brightness,invert,threshold,invert", 3, 4),
        ])
    func consecutiveTablesBecomeOneStage(transforms: String, inBytes: Int, inWords: Int) throws {
        let steps = try Pipeline(parsing: transforms).steps.map(\.transform)
        #expect(PipelineStages(steps, format: .bgr(.eight)).count == inBytes)
        #expect(PipelineStages(steps, format: .bgr(.sixteen)).count == inWords)
    }

    /// The steps include Canny, whose result depends on all pixels that it reads.
    @Test(arguments: PixelFormat.everyFormat) func neighbourhoodStagesEqualTheirSteps(format: PixelFormat) throws {
        var generator = SeededGenerator(seed: UInt64(format.bytesPerPixel) + 50)
        let around = ["blur:ksize=31", "blur:ksize=3", "median:ksize=5", "sharpen", "emboss", "edges"]
        for _ in 0..<60 {
            let steps = (0..<generator.int(2...6)).map { _ in
                generator.pick(generator.chance(1, in: 2) ? around : Self.pointSteps)
            }
            try check(steps, format, using: &generator)
        }
    }
}
