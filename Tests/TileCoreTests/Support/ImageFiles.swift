@testable import TileCore

extension TemporaryFolder {
    /// Writes an image file, in strips of `stripRows` rows or whole, and returns its path.
    func image(
        _ buffer: borrowing PixelBuffer, as fileFormat: ImageFileFormat, quality: Int? = nil, stripRows: Int? = nil,
        name: String = "image"
    ) throws -> String {
        let path = file("\(name).\(fileFormat.fileExtension)")
        let writer = try OpenCVImageWriter(
            path: path, size: buffer.size, format: buffer.format,
            encoding: OutputEncoding(fileFormat: fileFormat, quality: quality))
        for rows in Strips(of: stripRows ?? buffer.size.height, height: buffer.size.height) {
            let region = TileRegion(x: 0, y: rows.lowerBound, width: buffer.size.width, height: rows.count)
            try writer.write(rows: rows, from: buffer.copy(region))
        }
        try writer.finish()
        return path
    }
}

/// The pixels of an image file, read in strips of `stripRows` rows or whole.
func decoded(_ path: String, stripRows: Int? = nil) throws -> PixelBuffer {
    let header = try ImageHeader.read(path: path)
    let reader = try OpenCVImageReader(path: path, header: header)
    var image = PixelBuffer(size: header.size, format: header.pixelFormat)
    for rows in Strips(of: stripRows ?? header.size.height, height: header.size.height) {
        var strip = PixelBuffer(
            size: PixelSize(width: header.size.width, height: rows.count), format: header.pixelFormat)
        try reader.read(rows: rows, into: &strip)
        let region = TileRegion(x: 0, y: rows.lowerBound, width: header.size.width, height: rows.count)
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

/// A codec that likes narrow strips, around one that does not.
final class NarrowReader: ImageStripReader {
    let header: ImageHeader
    let stripRows: Int
    private let base: OpenCVImageReader

    init(_ base: OpenCVImageReader, stripRows: Int) {
        header = base.header
        self.base = base
        self.stripRows = stripRows
    }

    func read(rows: Range<Int>, into buffer: inout PixelBuffer) throws(ImagingError) {
        try base.read(rows: rows, into: &buffer)
    }
}

final class NarrowWriter: ImageStripWriter {
    let stripRows: Int
    private let base: OpenCVImageWriter

    init(_ base: OpenCVImageWriter, stripRows: Int) {
        self.base = base
        self.stripRows = stripRows
    }

    func write(rows: Range<Int>, from buffer: borrowing PixelBuffer) throws(ImagingError) {
        try base.write(rows: rows, from: buffer)
    }

    func finish() throws(ImagingError) { try base.finish() }
}
