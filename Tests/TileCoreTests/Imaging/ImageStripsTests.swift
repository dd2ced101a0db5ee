import Testing

@testable import TileCore

/// Whole at once and strip by strip are the same file and the same pixels.
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
            let isSame = try decoded(path, stripRows: rows).hasSamePixels(as: whole)
            #expect(isSame, "\(format)")
        }
    }

    /// A canvas asks the codec how it likes its rows.
    @Test(arguments: [1, 7, 29, 1000]) func aCanvasIsFilledAndDrainedInStrips(rows: Int) throws {
        let folder = try TemporaryFolder()
        let image = sample(.png, .bgr(.sixteen))
        let path = try folder.image(image, as: .png)
        let canvas = try Canvas.create(path: folder.file("canvas"), size: image.size, format: image.format)
        let reader = try OpenCVImageReader(path: path, header: try ImageHeader.read(path: path))
        #expect(reader.stripRows == 29)
        try canvas.fill(from: NarrowReader(reader, stripRows: rows))
        let isSame = canvas.withPixels { $0.hasSamePixels(as: image) }
        #expect(isSame)
        let writer = try OpenCVImageWriter(
            path: folder.file("again.png"), size: image.size, format: image.format,
            encoding: OutputEncoding(fileFormat: .png))
        #expect(writer.stripRows == 29)
        try canvas.drain(into: NarrowWriter(writer, stripRows: rows))
        #expect(try folder.bytes(of: "again.png") == folder.bytes(of: "image.png"))
    }
}
