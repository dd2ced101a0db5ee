internal import COpenCVShim

/// Decodes with OpenCV, which knows whole images only: the best strip is the whole image, decoded right into the
/// caller's buffer. Smaller strips work, from a decoded copy.
public final class OpenCVImageReader: ImageStripReader {
    public let header: ImageHeader
    private let file: FileMapping

    /// Opens the file whose header was read before.
    public init(path: String, header: ImageHeader) throws(ImagingError) {
        self.header = header
        file = try FileMapping.reading(path: path, zeroing: header.alphaPatch)
    }

    public var stripRows: Int { header.size.height }

    public func read(rows: Range<Int>, into buffer: inout PixelBuffer) throws(ImagingError) {
        precondition(buffer.size == PixelSize(width: header.size.width, height: rows.count), "a buffer of another size")
        if rows == 0..<header.size.height {
            try decode(into: buffer)
        } else {
            let whole = PixelBuffer(size: header.size, format: header.pixelFormat)
            try decode(into: whole)
            buffer.paste(
                whole, from: TileRegion(x: 0, y: rows.lowerBound, width: header.size.width, height: rows.count),
                at: TileRegion(whole: buffer.size))
        }
    }

    private func decode(into buffer: borrowing PixelBuffer) throws(ImagingError) {
        let rotate: Int32 = header.fileFormat == .jpeg ? 1 : 0
        let status = unsafe tw_decode(file.base, file.count, rotate, buffer.shimImage)
        try status.check(.undecodable, "the \(header.fileFormat.rawValue) file cannot be decoded")
    }
}
