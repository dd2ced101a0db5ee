import TileCodecs
import TileCore

@testable import MasterDaemon

/// The pixels of an image file.
func pixels(ofFile path: String) throws -> PixelBuffer {
    let reader = try ImageReader(path: path, scratchFolder: "/tmp")
    let canvas = try Canvas.temporary(size: reader.header.size, format: reader.header.pixelFormat, in: "/tmp")
    try canvas.fill(from: reader)
    return canvas.cut(TileRegion(whole: canvas.size))
}

/// Writes an image file.
func write(_ image: borrowing PixelBuffer, to path: String, _ encoding: OutputEncoding) throws {
    let writer = try ImageWriter(path: path, size: image.size, format: image.format, encoding: encoding)
    try writer.write(image)
    try writer.finish()
}

extension ImageCodecs {
    /// Writes a complete image as a file, in two parts.
    func encode(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        overviews: OverviewFile? = nil, until isCancelled: () -> Bool = { false }
    ) throws -> [String] {
        let file = try beginEncoding(
            image, of: source, by: encoder, into: path, overviews: overviews, until: isCancelled)
        try file.write(upTo: image.size.height / 2, until: isCancelled)
        return try file.finish(until: isCancelled)
    }
}
