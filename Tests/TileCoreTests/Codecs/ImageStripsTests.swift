import Testing

@testable import TileCodecs
@testable import TileCore

/// Writing or reading an image at once, or strip by strip, gives the same file and the same pixels.
@Suite struct ImageStripsTests {
    static let heights = [1, 7, 16, 28, 29, 100]

    private func sample(_ file: ImageFileFormat, _ format: PixelFormat) -> PixelBuffer {
        var generator = SeededGenerator(seed: 91)
        return PixelBuffer.random(width: 33, height: 29, format, .blocks, using: &generator)
    }

    @Test(arguments: ImageFileFormat.allCases, heights)
    func stripsMakeTheSameFile(file: ImageFileFormat, rows: Int) throws {
        let folder = try TemporaryFolder()
        for format in PixelFormat.everyFormat where file.canHold(format) {
            let image = sample(file, format)
            _ = try folder.image(image, as: file, name: "whole")
            _ = try folder.image(image, as: file, stripRows: rows, name: "strips")
            let whole = try folder.bytes(of: "whole.\(file.fileExtension)")
            #expect(try folder.bytes(of: "strips.\(file.fileExtension)") == whole, "\(format)")
        }
    }

    @Test(arguments: ImageFileFormat.allCases, heights)
    func stripsGiveTheSamePixels(file: ImageFileFormat, rows: Int) throws {
        let folder = try TemporaryFolder()
        for format in PixelFormat.everyFormat where file.canHold(format) {
            let path = try folder.image(sample(file, format), as: file)
            let whole = try decoded(path)
            // WebP is only decoded as a whole.
            guard file != .webp else { continue }
            let isSame = try storedRows(path, atOnce: rows).hasSamePixels(as: whole)
            #expect(isSame, "\(format)")
        }
    }

    @Test(arguments: ImageFileFormat.allCases) func canvasIsReadFromAndWrittenToAFile(file: ImageFileFormat) throws {
        let folder = try TemporaryFolder()
        let format = PixelFormat.bgr(.eight)
        let path = try folder.image(sample(file, format), as: file)
        let reader = try ImageReader(path: path, scratchFolder: folder.path)
        let canvas = try Canvas.create(path: folder.file("canvas"), size: reader.header.size, format: format)
        #expect(try canvas.fill(from: reader))
        let writer = try ImageWriter(
            path: folder.file("again"), size: canvas.size, format: format, encoding: OutputEncoding(fileFormat: file))
        #expect(try canvas.drain(into: writer))
        let isSame = try canvas.withPixels { try $0.hasSamePixels(as: decoded(path)) }
        #expect(isSame)
        if file != .jpeg {
            #expect(try folder.bytes(of: "again") == folder.bytes(of: "image.\(file.fileExtension)"))
        }
    }
}
