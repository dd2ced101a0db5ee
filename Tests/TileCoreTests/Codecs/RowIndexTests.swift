import Foundation
import Testing

@testable import TileCodecs
@testable import TileCore

/// Reading some rows of a file without the others, from Swift. `Tests/Codecs` tests this with every kind of file and
/// with damaged files.
@Suite struct RowIndexTests {
    static let files: [(ImageFileFormat, PixelFormat)] = [
        (.png, .bgr(.eight)), (.png, .gray(.sixteen)), (.png, .bgra(.sixteen)), (.jpeg, .bgr(.eight)),
        (.jpeg, .gray(.eight)), (.tiff, .bgra(.eight)), (.bmp, .bgr(.eight)),
    ]

    private struct Written {
        let source: OwnedDescriptor
        let index: RowIndex?
        let path: String
    }

    /// Writes a file of several bands.
    private func write(
        _ file: ImageFileFormat, _ format: PixelFormat, size: PixelSize = PixelSize(width: 1100, height: 1003),
        threads: Int = 2, in folder: TemporaryFolder
    ) throws -> Written {
        var generator = SeededGenerator(seed: 92)
        let tile = PixelBuffer.random(width: 61, height: 47, format, .blocks, using: &generator)
        var image = PixelBuffer(size: size, format: format)
        for y in stride(from: 0, to: size.height, by: 47) {
            for x in stride(from: 0, to: size.width, by: 61) {
                let (width, height) = (min(61, size.width - x), min(47, size.height - y))
                image.paste(
                    tile, from: TileRegion(x: 0, y: 0, width: width, height: height),
                    at: TileRegion(x: x, y: y, width: width, height: height))
            }
        }
        let path = folder.file("rows.\(file.fileExtension)")
        let writer = try ImageWriter(
            path: path, size: size, format: format, encoding: OutputEncoding(fileFormat: file), threads: threads)
        try writer.write(image)
        #expect(writer.rowIndex == nil)
        try writer.finish()
        return Written(source: try OwnedDescriptor(reading: path), index: writer.rowIndex, path: path)
    }

    private func rows(_ rows: Range<Int>, of image: borrowing PixelBuffer) -> PixelBuffer {
        image.copy(TileRegion(x: 0, y: rows.lowerBound, width: image.size.width, height: rows.count))
    }

    @Test(arguments: files) func rowsEqualTheWholeImage(file: ImageFileFormat, format: PixelFormat) throws {
        let folder = try TemporaryFolder()
        let written = try write(file, format, in: folder)
        #expect((written.index != nil) == (file == .png || file == .jpeg))
        let whole = try decoded(written.path)
        for range in [0..<1, 1002..<1003, 0..<1003, 500..<733, 15..<17, 16..<32, 31..<33, 999..<1003] {
            let isSame = try ImageReader.rows(range, of: written.source, index: written.index, threads: 2)
                .hasSamePixels(as: rows(range, of: whole))
            #expect(isSame, "\(range)")
        }
    }

    @Test func rowsFillACanvas() throws {
        let folder = try TemporaryFolder()
        let written = try write(.jpeg, .bgr(.eight), in: folder)
        let reader = try ImageReader(written.source, rows: 300..<700, index: written.index)
        #expect(reader.header.size == PixelSize(width: 1100, height: 400))
        #expect(reader.header.pixelFormat == .bgr(.eight) && reader.header.fileFormat == .jpeg)
        let canvas = try Canvas.temporary(size: reader.header.size, format: .bgr(.eight), in: folder.path)
        var complete = 0
        #expect(try canvas.fill(from: reader, progress: { complete = $0 }))
        #expect(complete == 400 && reader.notes == [])
        let isSame = try canvas.withPixels { try $0.hasSamePixels(as: rows(300..<700, of: decoded(written.path))) }
        #expect(isSame)
    }

    @Test func indexSurvivesJSON() throws {
        let folder = try TemporaryFolder()
        let index = try #require(try write(.png, .bgr(.eight), in: folder).index)
        let text = try JSONEncoder().encode(index)
        #expect(try JSONDecoder().decode(RowIndex.self, from: text) == index)
        #expect(index.offsets.count == (1003 - 1) / index.bandRows + 2)
        #expect(index.offsets == index.offsets.sorted())
        #expect(index.offsets.last.map { $0 + 12 } == (try folder.length(of: "rows.png")))
        // An index takes some bytes for each band.
        #expect(text.count < 16 * index.offsets.count + 100)
    }

    @Test func someFilesHaveNoIndex() throws {
        let folder = try TemporaryFolder()
        for file in [ImageFileFormat.jpeg, .webp] {
            let written = try write(file, .bgr(.eight), size: PixelSize(width: 100, height: 90), in: folder)
            #expect(written.index == nil)
            let error = #expect(throws: ImageFileError.self) {
                _ = try ImageReader.rows(3..<5, of: written.source, index: nil)
            }
            #expect(error?.code == .unsupported)
        }
    }

    @Test(arguments: [ImageFileFormat.png, .jpeg]) func oneThreadMakesTheSameIndex(file: ImageFileFormat) throws {
        let folder = try TemporaryFolder()
        let index = try #require(try write(file, .bgr(.eight), threads: 1, in: folder).index)
        #expect(try write(file, .bgr(.eight), threads: 3, in: folder).index == index)
    }

    @Test func indexOfAnotherFileIsDamage() throws {
        let folder = try TemporaryFolder()
        for file in [ImageFileFormat.png, .jpeg] {
            let written = try write(file, .bgr(.eight), in: folder)
            let right = try #require(written.index)
            for wrong in [
                RowIndex(bandRows: right.bandRows, offsets: right.offsets.map { $0 + 1 }),
                RowIndex(bandRows: right.bandRows, offsets: right.offsets.map { -$0 }),
                RowIndex(bandRows: right.bandRows, offsets: right.offsets.map { _ in .max }),
                RowIndex(bandRows: right.bandRows, offsets: []),
                RowIndex(bandRows: 0, offsets: right.offsets), RowIndex(bandRows: -1, offsets: right.offsets),
                RowIndex(bandRows: .max, offsets: right.offsets),
            ] {
                let error = #expect(throws: ImageFileError.self) {
                    _ = try ImageReader.rows(500..<502, of: written.source, index: wrong)
                }
                #expect(error?.code == .damaged)
            }
        }
    }

    @Test(arguments: [ImageFileFormat.png, .jpeg, .tiff, .bmp])
    func rowsBeyondTheEndAreRefused(file: ImageFileFormat) throws {
        let folder = try TemporaryFolder()
        let written = try write(file, .bgr(.eight), in: folder)
        for range in [1003..<1004, 1000..<1004, 1_000_000..<1_000_001, 5..<Int.max] {
            let error = #expect(throws: ImageFileError.self) {
                _ = try ImageReader(written.source, rows: range, index: written.index)
            }
            #expect(error?.code == .damaged)
        }
    }
}
