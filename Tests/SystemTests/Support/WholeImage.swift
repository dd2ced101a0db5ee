import Foundation
import TileCodecs
import TileCore

/// The expected result: the transforms applied to the whole image, written by the same encoder.
enum WholeImage {
    /// The bytes of the result file for the image file `source`.
    /// - Parameter format: by default, the source's.
    static func result(
        of source: Data, transforms: String, format: ImageFileFormat? = nil, quality: Int? = nil
    ) throws -> Data {
        ImagingSetup.prepare()
        let folder = FileManager.default.temporaryDirectory.appending(path: "tilework-whole-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func path(_ name: String) -> String { folder.appending(path: name).path }
        try source.write(to: folder.appending(path: "source"))
        let header = try ImageHeader.read(path: path("source"))
        let canvas = try Canvas.create(path: path("canvas"), size: header.size, format: header.pixelFormat)
        try canvas.fill(from: ImageReader(path: path("source"), scratchFolder: folder.path))
        let pipeline = try Pipeline(parsing: transforms)
        let whole = TileRegion(whole: header.size)
        let image = try canvas.withPixels { pixels throws(ImagingError) in try pipeline.apply(to: pixels, inner: whole)
        }
        var encoding = OutputEncoding(fileFormat: format ?? header.fileFormat, quality: quality)
        encoding.isGrayAlpha = image.format.hasAlpha && pipeline.isGray(from: header.isGrayAlpha)
        let output = path("result.\(encoding.fileFormat.fileExtension)")
        try write(image, to: output, encoding)
        return try Data(contentsOf: URL(filePath: output))
    }

    static func write(_ image: borrowing PixelBuffer, to path: String, _ encoding: OutputEncoding) throws {
        let writer = try ImageWriter(path: path, size: image.size, format: image.format, encoding: encoding)
        try writer.write(image)
        try writer.finish()
    }
}
