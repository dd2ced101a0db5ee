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

    /// A sample of the preview that covers whole pixels is their mean. Means of 16 bits are divided by 257.
    @Test(arguments: PixelFormat.everyFormat, [2, 3, 7, 64]) func samplesAreTheMeansOfTheirAreas(
        format: PixelFormat, side: Int
    ) throws {
        var generator = SeededGenerator(seed: 72)
        let image = PixelBuffer.random(width: 5 * side, height: 3 * side, format, using: &generator)
        let plain = PlainImage(image)
        let preview = PlainImage(try image.shrunk(to: PixelSize(width: 5, height: 3)))
        // The 16-bit mean is rounded before it is reduced to 8 bits.
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

    /// At a factor of 5/2, squares of 2×2 pixels are averaged first. The mean of the image changes only by rounding.
    @Test(arguments: PixelFormat.everyFormat) func fractionalAreasKeepTheirMean(format: PixelFormat) throws {
        var generator = SeededGenerator(seed: 74)
        let image = PixelBuffer.random(width: 100, height: 50, format, using: &generator)
        let (plain, small) = (PlainImage(image), PlainImage(try image.shrunk(to: PixelSize(width: 40, height: 20))))
        for channel in 0..<small.channels {
            let before = Self.mean(plain, channel) / Double(Reference.unit(format.depth))
            #expect(abs(Self.mean(small, channel) - before) < 0.5)
        }
        let gray = PlainImage(try flat(format).shrunk(to: PixelSize(width: 40, height: 20)))
        #expect(Set(gray.samples).count == 1)
    }

    /// All samples are equal, and not zero.
    private func flat(_ format: PixelFormat) -> PixelBuffer {
        let size = PixelSize(width: 100, height: 50)
        let bytes = [UInt8](repeating: 77, count: PixelBuffer.byteCount(size: size, format: format))
        return PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: format)
    }

    private static func mean(_ image: PlainImage, _ channel: Int) -> Double {
        var sum = 0
        for y in 0..<image.height { for x in 0..<image.width { sum += image[x, y, channel] } }
        return Double(sum) / Double(image.width * image.height)
    }

    @Test func jpegCanBeRead() throws {
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
