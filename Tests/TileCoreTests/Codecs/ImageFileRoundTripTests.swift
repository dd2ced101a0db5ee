import Testing

@testable import TileCodecs
@testable import TileCore

/// Every file format gives back the pixels that were written, for every pixel format that it can hold.
@Suite struct ImageFileRoundTripTests {
    static let exact: [(ImageFileFormat, PixelFormat)] = [ImageFileFormat.png, .bmp, .tiff, .webp].flatMap { file in
        PixelFormat.everyFormat.filter(file.canHold).map { (file, $0) }
    }

    private func forEachImage(_ format: PixelFormat, _ body: (PlainImage) throws -> Void) rethrows {
        var generator = SeededGenerator(seed: 81)
        for (width, height) in [(1, 1), (1, 40), (40, 1), (37, 29)] {
            for kind in RandomImageKind.allCases {
                try body(PlainImage.random(width: width, height: height, format, kind, using: &generator))
            }
        }
    }

    /// WebP stores gray as B = G = R, and drops alpha that is opaque everywhere.
    private func asStoredInWebP(_ image: PlainImage) -> PlainImage {
        if image.channels == 1 { return image.making(.bgr(.eight)) { x, y, _ in image[x, y] } }
        let isOpaque =
            image.channels == 4
            && (0..<image.height).allSatisfy { y in (0..<image.width).allSatisfy { image[$0, y, 3] == 255 } }
        return isOpaque ? image.making(.bgr(.eight)) { x, y, channel in image[x, y, channel] } : image
    }

    @Test(arguments: exact) func losslessFormatsKeepEverySample(file: ImageFileFormat, format: PixelFormat) throws {
        let folder = try TemporaryFolder()
        try forEachImage(format) { image in
            let path = try folder.image(image.buffer(), as: file)
            let header = try ImageHeader.read(path: path)
            #expect(header.fileFormat == file)
            #expect(header.size == PixelSize(width: image.width, height: image.height))
            #expect(header.orientation == 1)
            let expected = file == .webp ? asStoredInWebP(image) : image
            #expect(header.pixelFormat == expected.format)
            let difference = PlainImage(try decoded(path)).firstDifference(from: expected)
            #expect(difference == nil)
        }
    }

    @Test(arguments: [PixelFormat.gray(.eight), .bgr(.eight)], [(ImageFileFormat.jpeg, 95), (.webp, 90)])
    func lossyFormatsStayClose(format: PixelFormat, file: (ImageFileFormat, Int)) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 82)
        // A smooth image, because lossy formats are meant to lose noise.
        let smooth = try PlainImage.random(width: 64, height: 48, format, using: &generator).applying("blur:ksize=31")
        let header = try ImageHeader.read(path: folder.image(smooth.buffer(), as: file.0, quality: file.1))
        #expect(header.orientation == 1)
        let result = PlainImage(try decoded(folder.file("image.\(file.0.fileExtension)")))
        let isSpread = result.channels != smooth.channels
        let expected = isSpread ? smooth.making(.bgr(.eight)) { x, y, _ in smooth[x, y] } : smooth
        #expect(result.largestDifference(from: expected) <= 12)
    }

    @Test(arguments: [ImageFileFormat.jpeg, .webp]) func lowerQualityMakesSmallerFiles(file: ImageFileFormat) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 83)
        let image = PixelBuffer.random(width: 64, height: 64, .bgr(.eight), using: &generator)
        let lengths = try [1, 50, 100].map { quality in
            _ = try folder.image(image, as: file, quality: quality)
            return try folder.bytes(of: "image.\(file.fileExtension)").count
        }
        #expect(lengths == lengths.sorted() && Set(lengths).count == 3)
    }

    @Test func jpegQualityIs95ByDefault() throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 84)
        let image = PixelBuffer.random(width: 32, height: 32, .bgr(.eight), using: &generator)
        _ = try folder.image(image, as: .jpeg, name: "none")
        _ = try folder.image(image, as: .jpeg, quality: 95, name: "stated")
        #expect(try folder.bytes(of: "none.jpg") == folder.bytes(of: "stated.jpg"))
    }
}
