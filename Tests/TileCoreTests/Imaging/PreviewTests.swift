import Testing

@testable import TileCodecs
@testable import TileCore

@Suite struct PreviewTests {
    @Test(arguments: PixelFormat.everyFormat) func aPreviewIs8BitWithoutAlphaAndFits(format: PixelFormat) throws {
        var generator = SeededGenerator(seed: 71)
        for (width, height, small) in [
            (1, 1, PixelSize(width: 1, height: 1)), (300, 1, PixelSize(width: 40, height: 1)),
            (1, 300, PixelSize(width: 1, height: 40)), (80, 60, PixelSize(width: 40, height: 30)),
            (61, 123, PixelSize(width: 20, height: 40)), (40, 40, PixelSize(width: 40, height: 40)),
        ] {
            let image = PixelBuffer.random(width: width, height: height, format, using: &generator)
            let preview = try image.shrunk(toFit: 40)
            #expect(preview.size == small)
            #expect(preview.format == (format.channels == 1 ? .gray(.eight) : .bgr(.eight)))
        }
    }

    /// Where a sample stands for whole squares, it is their mean; 16 bits are divided by 257.
    @Test(arguments: PixelFormat.everyFormat, [2, 3, 7, 64]) func samplesAreTheMeansOfTheirAreas(
        format: PixelFormat, side: Int
    ) throws {
        var generator = SeededGenerator(seed: 72)
        let image = PixelBuffer.random(width: 5 * side, height: 3 * side, format, using: &generator)
        let plain = PlainImage(image)
        let preview = PlainImage(try image.shrunk(to: PixelSize(width: 5, height: 3)))
        // The mean in 16 bits is rounded before it is in 8.
        let (unit, error) = (Double(Reference.unit(format.depth)), format.depth == .eight ? 0.5001 : 0.503)
        for y in 0..<3 {
            for x in 0..<5 {
                for channel in 0..<preview.channels {
                    let rows = (y * side..<(y + 1) * side), columns = (x * side..<(x + 1) * side)
                    let sum = rows.reduce(0) { sum, row in sum + columns.reduce(0) { $0 + plain[$1, row, channel] } }
                    let mean = Double(sum) / Double(side * side) / unit
                    #expect(abs(Double(preview[x, y, channel]) - mean) < error)
                }
            }
        }
    }

    /// 5/2: squares of two pixels first. The brightness of no area changes by more than rounding.
    @Test(arguments: PixelFormat.everyFormat) func whatIsNoWholeSquareIsStillAMean(format: PixelFormat) throws {
        let size = PixelSize(width: 100, height: 50)
        let image = PixelBuffer(
            adopting: OwnedBytes(copying: [UInt8](repeating: 90, count: size.area * format.bytesPerPixel)), size: size,
            format: format)
        var generator = SeededGenerator(seed: 74)
        let noise = PixelBuffer.random(width: 100, height: 50, format, using: &generator)
        try Self.checkMeans(of: image, within: 0.001)
        try Self.checkMeans(of: noise, within: 0.5)
    }

    private static func checkMeans(of pixels: borrowing PixelBuffer, within tolerance: Double) throws {
        let small = PlainImage(try pixels.shrunk(to: PixelSize(width: 40, height: 20)))
        let plain = PlainImage(pixels)
        for channel in 0..<small.channels {
            let before = mean(plain, channel) / Double(Reference.unit(pixels.format.depth))
            #expect(abs(mean(small, channel) - before) < tolerance)
        }
    }

    private static func mean(_ image: PlainImage, _ channel: Int) -> Double {
        var sum = 0
        for y in 0..<image.height { for x in 0..<image.width { sum += image[x, y, channel] } }
        return Double(sum) / Double(image.width * image.height)
    }

    @Test func theJPEGIsOne() throws {
        var generator = SeededGenerator(seed: 73)
        for format in [PixelFormat.gray(.eight), .bgr(.eight)] {
            let image = PixelBuffer.random(width: 20, height: 10, format, .blocks, using: &generator)
            let poor = try image.jpeg(quality: 5)
            let good = try image.jpeg(quality: 95)
            #expect(good.starts(with: [0xFF, 0xD8, 0xFF]) && good.suffix(2) == [0xFF, 0xD9])
            #expect(poor.count < good.count)
        }
    }
}
