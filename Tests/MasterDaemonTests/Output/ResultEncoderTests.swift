import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct ResultEncoderTests {
    private let folder: TestFolder
    private let files: JobFiles
    private let job = JobRecord.sample()

    init() throws {
        folder = try TestFolder()
        files = JobFiles(root: folder.url)
        try files.prepare()
    }

    private var output: String { JobFiles.outputName(job.jobID, job.format) }

    private func canvas() throws -> Canvas {
        let canvas = try Canvas.create(path: folder.path("canvas/1.raw"), size: job.size, format: job.pixelFormat)
        let bytes = (0..<(job.size.area * 3)).map { UInt8(truncatingIfNeeded: $0 * 31) }
        canvas.paste(
            PixelBuffer(adopting: OwnedBytes(copying: bytes), size: job.size, format: job.pixelFormat),
            at: TileRegion(whole: job.size))
        return canvas
    }

    @Test func theOutputIsTheCanvas() throws {
        let canvas = try canvas()
        let bytes = try ResultEncoder(files: files).encode(canvas, of: job)
        #expect(bytes == (try folder.bytes(of: output).count))
        let header = try ImageHeader.read(path: files.path(output))
        #expect(header.size == job.size)
        var decoded = PixelBuffer(size: header.size, format: header.pixelFormat)
        try OpenCVImageReader(path: files.path(output), header: header).read(
            rows: 0..<header.size.height, into: &decoded)
        let isSame = canvas.withPixels { $0.hasSamePixels(as: decoded) }
        #expect(isSame)
        #expect(!FileManager.default.fileExists(atPath: files.encoding(job.jobID, job.format)))
    }

    @Test func anOldOutputIsReplaced() throws {
        try folder.write([1, 2, 3], to: output)
        let bytes = try ResultEncoder(files: files).encode(canvas(), of: job)
        #expect(try folder.bytes(of: output).count == bytes)
    }

    @Test func aFailureLeavesNothingBehind() throws {
        try FileManager.default.removeItem(atPath: folder.path("outputs"))
        let canvas = try canvas()
        #expect(throws: ImagingError.self) { try ResultEncoder(files: files).encode(canvas, of: job) }
        #expect(!folder.contents.contains { $0.hasPrefix("outputs") })
    }

    @Test func aPreviewIsASmallJPEG() throws {
        let canvas = try Canvas.create(
            path: folder.path("canvas/2.raw"), size: PixelSize(width: 3000, height: 100), format: .bgra(.sixteen))
        let path = try folder.write(PreviewMaker.jpeg(of: canvas), to: "preview.jpg")
        let header = try ImageHeader.read(path: path)
        #expect(header.fileFormat == .jpeg)
        #expect(header.size == PixelSize(width: 1024, height: 34))
    }
}
