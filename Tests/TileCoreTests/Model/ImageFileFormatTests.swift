import Testing

@testable import TileCore

@Suite struct ImageFileFormatTests {
    @Test(arguments: ImageFileFormat.allCases) func itsOwnExtensionMeansTheFormat(format: ImageFileFormat) {
        #expect(ImageFileFormat(fileExtension: format.fileExtension) == format)
        #expect(ImageFileFormat(fileExtension: format.fileExtension.uppercased()) == format)
        #expect(ImageFileFormat(fileExtension: format.rawValue) == format)
        #expect(format.mediaType == "image/\(format.rawValue)")
    }

    @Test(
        arguments: [
            ("JPG", ImageFileFormat.jpeg), ("jpeg", .jpeg), ("jpe", .jpeg), ("jfif", .jpeg), ("dib", .bmp),
            ("TIF", .tiff), ("tiff", .tiff), ("WebP", .webp), ("Png", .png),
        ])
    func otherExtensionsMeanTheFormat(name: String, format: ImageFileFormat) {
        #expect(ImageFileFormat(fileExtension: name) == format)
    }

    @Test(arguments: ["", ".png", "gif", "png ", "exe", "heic", "svg", "jpg2"])
    func otherExtensionsAreNoneOfOurs(name: String) { #expect(ImageFileFormat(fileExtension: name) == nil) }

    @Test func formatsHoldTheDocumentedPixels() {
        for format in PixelFormat.everyFormat {
            #expect(ImageFileFormat.png.canHold(format))
            #expect(ImageFileFormat.tiff.canHold(format))
            #expect(ImageFileFormat.jpeg.canHold(format) == (format == .gray(.eight) || format == .bgr(.eight)))
            #expect(ImageFileFormat.bmp.canHold(format) == (format.depth == .eight))
            #expect(ImageFileFormat.webp.canHold(format) == (format.depth == .eight))
        }
    }

    @Test func qualityIsForJPEGAndWebP() {
    }
}
