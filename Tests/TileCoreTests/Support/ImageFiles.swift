@testable import TileCodecs
@testable import TileCore

extension TemporaryFolder {
    /// Writes an image file, in strips of `stripRows` rows or whole. Returns its path.
    func image(
        _ buffer: borrowing PixelBuffer, as fileFormat: ImageFileFormat, quality: Int? = nil, stripRows: Int? = nil,
        name: String = "image"
    ) throws -> String {
        let path = file("\(name).\(fileFormat.fileExtension)")
        let writer = try ImageWriter(
            path: path, size: buffer.size, format: buffer.format,
            encoding: OutputEncoding(fileFormat: fileFormat, quality: quality))
        for rows in Strips(of: stripRows ?? buffer.size.height, height: buffer.size.height) {
            let region = TileRegion(x: 0, y: rows.lowerBound, width: buffer.size.width, height: rows.count)
            try writer.write(buffer.copy(region))
        }
        try writer.finish()
        return path
    }
}

/// The pixels of an image file, upright.
func decoded(_ path: String) throws -> PixelBuffer {
    let reader = try ImageReader(path: path, scratchFolder: "/tmp")
    let canvas = try Canvas.temporary(size: reader.header.size, format: reader.header.pixelFormat, in: "/tmp")
    try canvas.fill(from: reader)
    return canvas.cut(TileRegion(whole: canvas.size))
}

/// The rows of an image file as stored, with this many rows a read.
func storedRows(_ path: String, atOnce rows: Int) throws -> PixelBuffer {
    let reader = try ImageReader(path: path, scratchFolder: "/tmp")
    let (size, format) = (reader.header.storedSize, reader.header.pixelFormat)
    var image = PixelBuffer(size: size, format: format)
    for rows in Strips(of: rows, height: size.height) {
        var strip = PixelBuffer(size: PixelSize(width: size.width, height: rows.count), format: format)
        try reader.read(into: &strip)
        let region = TileRegion(x: 0, y: rows.lowerBound, width: size.width, height: rows.count)
        image.paste(strip, from: TileRegion(whole: strip.size), at: region)
    }
    return image
}

/// Ranges of rows from the top down.
struct Strips: Sequence {
    let rows: Int
    let height: Int

    init(of rows: Int, height: Int) {
        self.rows = rows
        self.height = height
    }

    func makeIterator() -> some IteratorProtocol<Range<Int>> {
        stride(from: 0, to: height, by: rows).lazy.map { [rows, height] in $0..<Swift.min($0 + rows, height) }
            .makeIterator()
    }
}
