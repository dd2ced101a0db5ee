import Testing

@testable import TileCore

/// The result has the announced format.
@Suite struct PipelineOutputTests {
    @Test func eachStepHasItsOutputFormat() throws {
        for depth in SampleDepth.allCases {
            for (text, fromGray, fromColor) in [
                ("invert", PixelFormat.gray(depth), PixelFormat.bgr(depth)), ("blur", .gray(depth), .bgr(depth)),
                ("grayscale", .gray(depth), .gray(depth)), ("edges", .gray(depth), .gray(depth)),
                ("threshold", .gray(depth), .gray(depth)), ("sepia", .bgr(depth), .bgr(depth)),
                ("grayscale,sepia", .bgr(depth), .bgr(depth)), ("sepia,grayscale", .gray(depth), .gray(depth)),
            ] {
                let pipeline = try Pipeline(parsing: text)
                #expect(try pipeline.output(for: .gray(depth)) == fromGray, "\(text)")
                #expect(try pipeline.output(for: .bgr(depth)) == fromColor, "\(text)")
                #expect(try pipeline.output(for: .bgra(depth)) == .bgra(depth), "\(text)")
            }
        }
    }

    @Test(arguments: 1...60) func resultHasTheAnnouncedFormat(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let format = generator.pick(PixelFormat.everyFormat)
        let pipeline = try Pipeline.random(steps: generator.int(1...6), for: format, using: &generator)
        let image = PixelBuffer.random(width: 9, height: 7, format, using: &generator)
        let result = try pipeline.apply(to: image, inner: TileRegion(x: 2, y: 1, width: 5, height: 4))
        let announced = try pipeline.output(for: format)
        #expect(result.format == announced, "seed \(seed): '\(pipeline)' on \(format)")
        #expect(result.size == PixelSize(width: 5, height: 4))
    }

    @Test(arguments: [7, 9, 31]) func largeMediansAreFor8BitOnly(ksize: Int) throws {
        let pipeline = try Pipeline(parsing: "invert,median:ksize=\(ksize)")
        #expect(try pipeline.output(for: .bgra(.eight)) == .bgra(.eight))
        for format in [PixelFormat.gray(.sixteen), .bgr(.sixteen), .bgra(.sixteen)] {
            let error = try #require(#expect(throws: TransformError.self) { try pipeline.output(for: format) })
            #expect(error.code == .unsuitableImage)
            for word in ["median", "ksize is \(ksize)", "3 or 5", "16 bits"] { #expect(error.reason.contains(word)) }
        }
        #expect(try Pipeline(parsing: "median:ksize=5").output(for: .bgr(.sixteen)) == .bgr(.sixteen))
    }
}
