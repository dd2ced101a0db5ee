import Testing

@testable import TileCodecs
@testable import TileCore

/// The orientation in EXIF is applied: images are read upright.
@Suite struct ImageOrientationTests {
    /// Writes a JPEG file with an EXIF block directly behind the file's first marker. The block has only the
    /// orientation.
    private func write(_ jpeg: [UInt8], orientation: Int, to name: String, in folder: TemporaryFolder) throws {
        let directory: [UInt8] = [
            0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0, 0, 0, 0,
            0,
        ]
        let block: [UInt8] = Array("Exif".utf8) + [0, 0] + directory
        let segment: [UInt8] = [0xFF, 0xE1, 0, UInt8(block.count + 2)] + block
        try folder.write(Array(jpeg.prefix(2)) + segment + jpeg.dropFirst(2), to: name)
    }

    /// The upright image according to the EXIF standard.
    private func shown(_ stored: PlainImage, orientation: Int) -> PlainImage {
        let right = stored.width - 1
        let bottom = stored.height - 1
        let isTurned = orientation >= 5
        let canvas = PlainImage(
            width: isTurned ? stored.height : stored.width, height: isTurned ? stored.width : stored.height,
            format: stored.format, samples: stored.samples)
        return canvas.making { x, y, channel in
            switch orientation {
            case 2: stored[right - x, y, channel]
            case 3: stored[right - x, bottom - y, channel]
            case 4: stored[x, bottom - y, channel]
            case 5: stored[y, x, channel]
            case 6: stored[y, bottom - x, channel]
            case 7: stored[right - y, bottom - x, channel]
            case 8: stored[right - y, x, channel]
            default: stored[x, y, channel]
            }
        }
    }

    @Test(arguments: 1...8, [PixelFormat.gray(.eight), .bgr(.eight)])
    func imagesAreReadUpright(orientation: Int, format: PixelFormat) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 121)
        for (width, height) in [(40, 24), (24, 40), (16, 16), (1, 9)] {
            let image = PixelBuffer.random(width: width, height: height, format, .blocks, using: &generator)
            let stored = PlainImage(try decoded(folder.image(image, as: .jpeg)))
            try write(folder.bytes(of: "image.jpg"), orientation: orientation, to: "turned.jpg", in: folder)
            let header = try ImageHeader.read(path: folder.file("turned.jpg"))
            #expect(header.orientation == orientation)
            let expected = shown(stored, orientation: orientation)
            #expect(header.size == PixelSize(width: expected.width, height: expected.height))
            let difference = PlainImage(try decoded(folder.file("turned.jpg"))).firstDifference(from: expected)
            #expect(difference == nil)
        }
    }
}
