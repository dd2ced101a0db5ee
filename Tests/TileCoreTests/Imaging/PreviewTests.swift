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

    /// At half the size a sample is the mean of four; 16 bits are divided by 257.
    @Test(arguments: PixelFormat.everyFormat) func samplesAreTheMeansOfTheirAreas(format: PixelFormat) throws {
        var generator = SeededGenerator(seed: 72)
        let image = PixelBuffer.random(width: 64, height: 48, format, using: &generator)
        let plain = PlainImage(image)
        let preview = PlainImage(try image.shrunk(toFit: 32))
        let unit = Double(Reference.unit(format.depth))
        for y in 0..<preview.height {
            for x in 0..<preview.width {
                for channel in 0..<preview.channels {
                    let top = plain[2 * x, 2 * y, channel] + plain[2 * x + 1, 2 * y, channel]
                    let bottom = plain[2 * x, 2 * y + 1, channel] + plain[2 * x + 1, 2 * y + 1, channel]
                    #expect(abs(Double(preview[x, y, channel]) - Double(top + bottom) / 4 / unit) < 0.51)
                }
            }
        }
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
