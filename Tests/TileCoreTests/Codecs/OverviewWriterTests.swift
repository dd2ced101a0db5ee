import Foundation
import Testing

@testable import TileCodecs
@testable import TileCore

/// The pixels of overviews, compared with OpenCV's averages of the whole image.
@Suite struct OverviewWriterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let black = BackgroundColor(red: 0, green: 0, blue: 0)

    private func canvas(_ image: borrowing PixelBuffer) throws -> Canvas {
        let canvas = try Canvas.temporary(size: image.size, format: image.format, over: nil)
        canvas.paste(image, at: TileRegion(whole: image.size))
        return canvas
    }

    /// Writes the overviews of an image whose rows become complete in these steps.
    @discardableResult
    private func write(
        _ image: Canvas, as name: String, format: PixelFormat? = nil, steps: [Int] = [],
        background: BackgroundColor = black,
        threads: Int = 1
    ) throws -> String {
        let path = folder.file(name)
        let writer = try OverviewWriter(
            OwnedDescriptor(creating: path), of: image.size, format: format ?? image.format, threads: threads)
        for rows in steps + [image.size.height] { try writer.add(upTo: rows, of: image, over: background) }
        try writer.finish()
        return path
    }

    private func level(_ number: Int, of path: String, _ image: Canvas, _ format: PixelFormat? = nil) throws -> Canvas {
        let size = Overviews(of: image.size).sizes[number - 1]
        let part = Overviews.Part(level: number, size: size, region: TileRegion(whole: size))
        let canvas = try Canvas.temporary(size: size, format: (format ?? image.format).with(depth: .eight), over: nil)
        try canvas.fill(from: OwnedDescriptor(reading: path), part)
        return canvas
    }

    /// The difference of two 8-bit images in levels: on average and at most.
    private func distance(_ a: Canvas, _ b: borrowing PixelBuffer) -> (mean: Double, most: Int) {
        var (sum, most) = (0, 0)
        let (own, other) = (samples(a.cut(TileRegion(whole: a.size))), samples(b))
        #expect(own.count == other.count)
        for (x, y) in zip(own, other) {
            let difference = abs(Int(x) - Int(y))
            (sum, most) = (sum + difference, max(most, difference))
        }
        return (Double(sum) / Double(own.count), most)
    }

    private func samples(_ image: borrowing PixelBuffer) -> [UInt8] {
        var bytes: [UInt8] = []
        image.forEachRow { row in bytes += [UInt8](copying: row) }
        return bytes
    }

    private func smooth(_ size: PixelSize, _ format: PixelFormat) -> PixelBuffer {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(PixelBuffer.byteCount(size: size, format: format))
        for y in 0..<size.height {
            for x in 0..<size.width {
                for channel in 0..<format.channels {
                    let wave = sin(Double(x + 9 * channel) / 23) + cos(Double(y) / (17 + Double(channel)))
                    let value = UInt8((wave + 2) * 63)
                    // In 16 bits, the samples vary from low to high byte.
                    if format.depth == .sixteen { bytes.append(UInt8(truncatingIfNeeded: x &* 7)) }
                    bytes.append(channel == 3 ? 255 : value)
                }
            }
        }
        return PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: format)
    }

    @Test(arguments: PixelFormat.everyFormat, [(1300, 900), (1025, 1101), (1100, 513)])
    func eachLevelIsTheShrunkImage(format: PixelFormat, size: (Int, Int)) throws {
        let image = try canvas(smooth(PixelSize(width: size.0, height: size.1), format))
        let path = try write(image, as: "a.tif")
        var larger = try image.withPixels { pixels throws(ImagingError) in
            try pixels.shrunk(to: pixels.size, keepingAlpha: true)
        }
        for (index, size) in Overviews(of: image.size).sizes.enumerated() {
            let half = try evened(larger).shrunk(to: size, keepingAlpha: true)
            let (mean, most) = distance(try level(index + 1, of: path, image), half)
            #expect(mean < 1.5 && most < 24, "level \(index + 1): \(mean), \(most)")
            larger = half
        }
    }

    /// The image with even sides. The last column and row are repeated, which keeps their means.
    private func evened(_ image: borrowing PixelBuffer) -> PixelBuffer {
        let (size, right, below) = (image.size, image.size.width % 2, image.size.height % 2)
        var even = PixelBuffer(
            size: PixelSize(width: size.width + right, height: size.height + below), format: image.format)
        for (x, y) in [(right, below), (0, below), (right, 0), (0, 0)] {
            even.paste(image, from: TileRegion(whole: size), at: TileRegion(x: x, y: y, size: size))
        }
        return even
    }

    /// Alpha is compressed without loss, so every sample can be compared.
    @Test func alphaIsExact() throws {
        let image = try canvas(smooth(PixelSize(width: 1280, height: 1024), .bgra(.eight)))
        let path = try write(image, as: "a.tif")
        let half = try image.withPixels { pixels throws(ImagingError) in
            try pixels.shrunk(to: PixelSize(width: 640, height: 512), keepingAlpha: true)
        }
        // OpenCV rounds some ties to even.
        #expect(distance(try level(1, of: path, image), half).most <= 1)
    }

    @Test(arguments: [PixelFormat.gray(.eight), .bgr(.eight), .bgra(.sixteen)])
    func overviewsDoNotDependOnTheStepsOfRows(format: PixelFormat) throws {
        var random = SeededGenerator(seed: 11)
        let image = try canvas(PixelBuffer.random(width: 1211, height: 1107, format, .blocks, using: &random))
        let expected = try Data(contentsOf: URL(filePath: write(image, as: "once.tif")))
        for threads in [1, 3] {
            var steps: [Int] = []
            while (steps.last ?? 0) < image.size.height {
                steps.append(min((steps.last ?? 0) + random.int(0...90), image.size.height))
            }
            let path = try write(image, as: "steps.tif", steps: steps, threads: threads)
            #expect(try Data(contentsOf: URL(filePath: path)) == expected, "\(threads)")
        }
    }

    @Test func transparentPixelsShowTheBackground() throws {
        let size = PixelSize(width: 1100, height: 700)
        let clear = [UInt8](repeating: 0, count: size.area * 4)
        let image = try canvas(PixelBuffer(adopting: OwnedBytes(copying: clear), size: size, format: .bgra(.eight)))
        let path = try write(
            image, as: "a.tif", format: .bgr(.eight), background: BackgroundColor(red: 200, green: 100, blue: 50))
        let shown = try level(1, of: path, image, .bgr(.eight)).cut(TileRegion(x: 5, y: 5, width: 1, height: 1))
        for (value, expected) in zip(samples(shown), [50, 100, 200]) { #expect(abs(Int(value) - expected) <= 2) }
    }

    /// A part equals the same part of the whole level, at the edges, too.
    @Test func partsEqualTheWholeLevel() throws {
        var random = SeededGenerator(seed: 12)
        let image = try canvas(PixelBuffer.random(width: 2500, height: 1300, .bgra(.eight), .blocks, using: &random))
        let path = try write(image, as: "a.tif")
        let whole = try level(1, of: path, image)
        for _ in 0..<20 {
            let (x, y) = (random.int(0...whole.size.width - 1), random.int(0...whole.size.height - 1))
            let region = TileRegion(
                x: x, y: y, width: random.int(1...whole.size.width - x), height: random.int(1...whole.size.height - y))
            let canvas = try Canvas.temporary(size: region.size, format: whole.format, over: nil)
            try canvas.fill(
                from: OwnedDescriptor(reading: path), Overviews.Part(level: 1, size: whole.size, region: region))
            let isEqual = canvas.withPixels { part in
                let expected = whole.cut(region)
                return part.hasSamePixels(as: expected)
            }
            #expect(isEqual, "\(region)")
        }
    }

    /// A row of tiles of the usual side would take 1.5 GiB here.
    @Test func aVeryWideImageTakesLittleMemory() throws {
        let image = try Canvas.temporary(size: PixelSize(width: 1 << 20, height: 3), format: .bgr(.eight), over: nil)
        let path = try write(image, as: "a.tif")
        for (index, size) in Overviews(of: image.size).sizes.enumerated() {
            #expect(try level(index + 1, of: path, image).size == size)
        }
    }

    @Test func overviewsOfAnotherImageAreRefused() throws {
        let image = try Canvas.temporary(size: PixelSize(width: 1200, height: 800), format: .bgr(.eight), over: nil)
        let path = try write(image, as: "a.tif")
        let size = PixelSize(width: 600, height: 400)
        for (part, format) in [
            (Overviews.Part(level: 1, size: size, region: TileRegion(whole: size)), PixelFormat.gray(.eight)),
            (Overviews.Part(level: 2, size: size, region: TileRegion(whole: size)), .bgr(.eight)),
            (Overviews.Part(level: 3, size: size, region: TileRegion(whole: size)), .bgr(.eight)),
        ] {
            let canvas = try Canvas.temporary(size: size, format: format, over: nil)
            let error = #expect(throws: ImagingError.self) {
                try canvas.fill(from: OwnedDescriptor(reading: path), part)
            }
            #expect(error?.code == .undecodable)
        }
    }

    @Test func aFullDiskIsAnError() throws {
        let image = try Canvas.temporary(size: PixelSize(width: 1500, height: 1500), format: .bgr(.eight), over: nil)
        let error = #expect(throws: ImagingError.self) {
            let writer = try OverviewWriter(
                OwnedDescriptor(creating: "/dev/full"), of: image.size, format: image.format, threads: 2)
            try writer.add(upTo: 1500, of: image, over: Self.black)
            try writer.finish()
        }
        #expect(error?.isDiskFull == true)
    }
}
