import Foundation
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

@Suite struct ResultEncoderTests {
    private let folder: TestFolder
    private static let size = PixelSize(width: 37, height: 20)

    init() throws { folder = try TestFolder() }

    private func canvas(_ format: PixelFormat = .bgr(.eight), alpha: UInt8? = nil) throws -> Canvas {
        let canvas = try Canvas.temporary(size: Self.size, format: format, in: folder.url.path)
        let bytes = (0..<PixelBuffer.byteCount(size: Self.size, format: format)).map { index in
            if let alpha, index % 4 == 3 { alpha } else { UInt8(truncatingIfNeeded: index * 31) }
        }
        canvas.paste(
            PixelBuffer(adopting: OwnedBytes(copying: bytes), size: Self.size, format: format),
            at: TileRegion(whole: Self.size))
        return canvas
    }

    private func encoder(_ format: ImageFileFormat, _ options: [String: String] = [:]) throws -> ResultEncoder {
        ResultEncoder(
            pipeline: try Pipeline(parsing: "invert"), format: format, quality: nil,
            options: try JobOptions { options[$0] })
    }

    private func encode(
        _ canvas: Canvas, _ encoder: ResultEncoder, until isCancelled: () -> Bool = { false }
    ) throws -> [String] {
        let codecs = DirectCodecs(scratchFolder: folder.url.path)
        return try codecs.encode(
            canvas, of: folder.image(37, 20, as: .png), by: encoder, into: folder.path("out"), until: isCancelled)
    }

    @Test(arguments: [ImageFileFormat.png, .tiff, .bmp, .webp])
    func outputEqualsTheCanvas(format: ImageFileFormat) throws {
        let canvas = try canvas()
        #expect(try encode(canvas, encoder(format)) == [])
        let isSame = try canvas.withPixels { try $0.hasSamePixels(as: pixels(ofFile: folder.path("out"))) }
        #expect(isSame)
    }

    @Test func cancelledEncodingLeavesNoReadableFile() throws {
        let (canvas, encoder) = (try canvas(), try encoder(.png))
        #expect(throws: CancellationError.self) {
            try encode(canvas, encoder, until: { true })
        }
        #expect(throws: ImageFileError.self) { try ImageHeader.read(path: folder.path("out")) }
    }

    @Test func pyramidHasSmallerImages() throws {
        let size = PixelSize(width: 1100, height: 600)
        let canvas = try Canvas.temporary(size: size, format: .gray(.eight), in: folder.url.path)
        let bytes = (0..<size.area).map { UInt8(truncatingIfNeeded: ($0 % size.width) / 8) }
        canvas.paste(
            PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: .gray(.eight)),
            at: TileRegion(whole: size))
        _ = try encode(canvas, encoder(.tiff, ["pyramid": "true"]))
        let isSame = try canvas.withPixels { try $0.hasSamePixels(as: pixels(ofFile: folder.path("out"))) }
        #expect(isSame)
        // Two overviews, 550×300 and 275×150, do not count as images.
        let reader = try ImageReader(path: folder.path("out"))
        #expect(reader.header.pageCount == 1 && reader.notes.contains { $0.contains("overviews in the file (2)") })
    }

    // MARK: Alpha

    /// The notes after all rows were checked, some at a time.
    private func alphaNotes(of canvas: Canvas, _ encoder: ResultEncoder) throws -> [String] {
        var check = encoder.alphaCheck(of: canvas)
        for rows in [0, 7, 7, 19, 20] { check.look(upTo: rows) }
        return try check.notes()
    }

    @Test func opaqueAlphaIsLeftOutWithANote() throws {
        let (canvas, encoder) = (try canvas(.bgra(.eight), alpha: 255), try encoder(.jpeg))
        #expect(try alphaNotes(of: canvas, encoder).first?.contains("opaque") == true)
        _ = try encode(canvas, encoder)
        #expect(try ImageHeader.read(path: folder.path("out")).pixelFormat == .bgr(.eight))
    }

    @Test func transparentAlphaIsRefusedWithItsPlace() throws {
        let (canvas, encoder) = (try canvas(.bgra(.eight), alpha: 254), try encoder(.jpeg))
        let failure = #expect(throws: JobFailure.self) { try alphaNotes(of: canvas, encoder) }
        #expect(failure?.reason.contains("(0, 0)") == true && failure?.reason.contains("background=") == true)
    }

    @Test func firstTransparentPixelIsNamed() throws {
        let (canvas, encoder) = (try canvas(.bgra(.eight), alpha: 255), try encoder(.jpeg))
        for (x, y) in [(5, 19), (3, 12), (30, 7), (31, 7)] {
            canvas.paste(
                PixelBuffer(
                    adopting: OwnedBytes(copying: [1, 2, 3, 254]), size: PixelSize(width: 1, height: 1),
                    format: .bgra(.eight)), at: TileRegion(x: x, y: y, width: 1, height: 1))
        }
        let failure = #expect(throws: JobFailure.self) { try alphaNotes(of: canvas, encoder) }
        #expect(failure?.reason.contains("(30, 7)") == true)
    }

    @Test func backgroundShowsThroughAlpha() throws {
        let canvas = try canvas(.bgra(.eight), alpha: 0)
        let encoder = try encoder(.jpeg, ["background": "#20c040"])
        #expect(try alphaNotes(of: canvas, encoder).first?.contains("20c040") == true)
        _ = try encode(canvas, encoder)
        let samples = try pixels(ofFile: folder.path("out"))
        samples.forEachRow { row in
            for (index, sample) in [UInt8](copying: row).enumerated() {
                let wanted = [0x40, 0xC0, 0x20][index % 3]
                #expect(abs(Int(sample) - wanted) <= 2)
            }
        }
    }

    @Test func previewIsASmallJPEG() throws {
        let canvas = try Canvas.create(
            path: folder.path("2.raw"), size: PixelSize(width: 3000, height: 100), format: .bgra(.sixteen))
        let path = try folder.write(PreviewMaker.jpeg(of: canvas), to: "preview.jpg")
        let header = try ImageHeader.read(path: path)
        #expect(header.fileFormat == .jpeg)
        #expect(header.size == PixelSize(width: 1024, height: 34))
    }
}
