import Testing

@testable import TileCore

@Suite struct PixelBufferTests {
    @Test(arguments: PixelFormat.everyFormat) func copyHasThePartsPixels(format: PixelFormat) throws {
        var generator = SeededGenerator(seed: 51)
        let image = PixelBuffer.random(width: 23, height: 17, format, using: &generator)
        let plain = PlainImage(image)
        for _ in 0..<40 {
            let x = generator.int(0...22)
            let y = generator.int(0...16)
            let region = TileRegion(
                x: x, y: y, width: generator.int(1...(23 - x)), height: generator.int(1...(17 - y)))
            let part = PlainImage(image.copy(region))
            let expected = PlainImage(
                width: region.width, height: region.height, format: format,
                samples: region.rows.flatMap { row in
                    region.columns.flatMap { column in (0..<format.channels).map { plain[column, row, $0] } }
                })
            #expect(part == expected, "\(region)")
        }
    }

    @Test(arguments: PixelFormat.everyFormat) func pasteChangesTheTargetOnly(format: PixelFormat) throws {
        var generator = SeededGenerator(seed: 52)
        let source = PixelBuffer.random(width: 9, height: 8, format, using: &generator)
        var image = PixelBuffer.random(width: 20, height: 15, format, using: &generator)
        let before = PlainImage(image)
        let from = PlainImage(source)
        let part = TileRegion(x: 2, y: 1, width: 6, height: 5)
        let target = TileRegion(x: 14, y: 10, width: 6, height: 5)
        image.paste(source, from: part, at: target)
        let expected = before.making { x, y, channel in
            target.columns.contains(x) && target.rows.contains(y)
                ? from[x - 12, y - 9, channel] : before[x, y, channel]
        }
        #expect(PlainImage(image) == expected)
    }

    @Test func equalPixelsAreOfOneSizeAndFormat() {
        var generator = SeededGenerator(seed: 53)
        let image = PixelBuffer.random(width: 6, height: 4, .bgr(.eight), using: &generator)
        let bytes = PlainBytes(image).bytes
        func compared(_ bytes: [UInt8], _ width: Int, _ height: Int, _ format: PixelFormat) -> Bool {
            let size = PixelSize(width: width, height: height)
            return image.hasSamePixels(
                as: PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: format))
        }
        #expect(compared(bytes, 6, 4, .bgr(.eight)))
        #expect(!compared(bytes, 4, 6, .bgr(.eight)))
        #expect(!compared(bytes, 18, 4, .gray(.eight)))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 1
            #expect(!compared(other, 6, 4, .bgr(.eight)))
        }
    }

    @Test func bytesAreAdoptedAndTakenUnchanged() {
        let bytes = (0..<48).map { UInt8($0) }
        let size = PixelSize(width: 4, height: 2)
        let buffer = PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: .bgr(.sixteen))
        #expect(buffer.byteCount == 48)
        #expect(PlainBytes(buffer).bytes == bytes)
        let taken = buffer.takeBytes()
        #expect(taken.count == 48)
        #expect(taken.withBytes { [UInt8](copying: $0) } == bytes)
    }

    /// A record's payload can lie at odd addresses, because the Kafka client chooses them.
    @Test(arguments: ["invert", "blur:ksize=5", "median:ksize=3", "sepia", "sharpen", "edges", "brightness", "invert"])
    func aViewAtAnOddAddressIsTransformedAlike(transforms: String) throws {
        var generator = SeededGenerator(seed: 54)
        let pipeline = try Pipeline(parsing: transforms)
        let image = PixelBuffer.random(width: 37, height: 21, .bgra(.sixteen), using: &generator)
        let whole = TileRegion(whole: image.size)
        let expected = try pipeline.apply(to: image, inner: whole)
        let shifted = OwnedBytes(copying: [0] + PlainBytes(image).bytes)
        let result = try shifted.withBytes { bytes in
            try PixelBuffer.withView(
                of: bytes.extracting(1..<bytes.byteCount), size: whole.size, format: .bgra(.sixteen)
            ) { view in try pipeline.apply(to: view, inner: whole) }
        }
        let isEqual = result.hasSamePixels(as: expected)
        #expect(isEqual)
    }

    @Test func emptyBytesHaveAnAddress() {
        let empty = OwnedBytes(count: 0)
        #expect(empty.withBytes { $0.byteCount } == 0)
        #expect(OwnedBytes(copying: []).count == 0)
        let copied = empty.withBytes { OwnedBytes(copying: $0) }
        #expect(copied.count == 0)
    }

    @Test func bufferOfTheWrongKindIsAnError() throws {
        let size = PixelSize(width: 4, height: 4)
        let whole = TileRegion(whole: size)
        var generator = SeededGenerator(seed: 55)
        let gray = PixelBuffer.random(size, .gray(.eight), using: &generator)
        let error = try #require(
            #expect(throws: ImagingError.self) { _ = PlainImage(try OpenCV.gray(gray, whole)) })
        #expect(error.code == .transform)
        #expect(error.reason.contains("grayscale") && error.reason.contains("8-bit gray"), "\(error.reason)")
        let deep = PixelBuffer.random(size, .bgr(.sixteen), using: &generator)
        #expect(throws: ImagingError.self) { _ = PlainImage(try OpenCV.medianBlur(deep, ksize: 7)) }
        #expect(throws: ImagingError.self) { _ = PlainImage(try OpenCV.canny(deep, low: 1, high: 2)) }
        #expect(throws: ImagingError.self) { _ = try OpenCV.splitAlpha(deep).takeColor().byteCount }
        #expect(throws: ImagingError.self) { _ = PlainImage(try OpenCV.highByte(gray)) }
        #expect(throws: ImagingError.self) { _ = PlainImage(try OpenCV.widen(deep, whole)) }
    }
}
