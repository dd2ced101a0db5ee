internal import COpenCVShim
internal import Synchronization

/// Encodes with OpenCV, which knows whole images only: the best strip is the whole image, encoded right from the
/// caller's buffer. Smaller strips are gathered first.
public final class OpenCVImageWriter: ImageStripWriter {
    private let path: String
    private let size: PixelSize
    private let format: PixelFormat
    private let encoding: OutputEncoding
    private let gathered = Mutex<PixelBuffer?>(nil)

    /// - Parameter path: a new file, whose name must end in the format's extension.
    public init(path: String, size: PixelSize, format: PixelFormat, encoding: OutputEncoding) throws(ImagingError) {
        let fileFormat = encoding.fileFormat
        guard fileFormat.canHold(format) else {
            throw ImagingError(.unencodable, "\(fileFormat.rawValue) cannot hold \(format) pixels")
        }
        guard max(size.width, size.height) <= fileFormat.maximumSide else {
            throw ImagingError(.unencodable, "\(fileFormat.rawValue) ends at \(fileFormat.maximumSide) px a side")
        }
        self.path = path
        self.size = size
        self.format = format
        self.encoding = encoding
    }

    public var stripRows: Int { size.height }

    public func write(rows: Range<Int>, from buffer: borrowing PixelBuffer) throws(ImagingError) {
        precondition(buffer.format == format, "pixels of another format")
        if rows == 0..<size.height { return try encode(buffer) }
        let target = TileRegion(x: 0, y: rows.lowerBound, width: size.width, height: rows.count)
        gathered.withLock { whole in
            var image = whole.take() ?? PixelBuffer(size: size, format: format)
            image.paste(buffer, from: TileRegion(whole: buffer.size), at: target)
            whole = consume image
        }
    }

    public func finish() throws(ImagingError) {
        try gathered.withLock { whole throws(ImagingError) in
            if let image = whole.take() { try encode(image) }
        }
    }

    private func encode(_ image: borrowing PixelBuffer) throws(ImagingError) {
        let quality = Int32(encoding.quality ?? -1)
        let status = unsafe tw_encode(path, image.shimImage, encoding.fileFormat.shimEncoding, quality)
        do throws(ImagingError) {
            try status.check(.unencodable, "the result cannot be written as \(encoding.fileFormat.rawValue)")
            try FileEnd.check(path: path, format: encoding.fileFormat)
        } catch {
            // OpenCV does not tell why a file could not be written.
            guard !error.isDiskFull, !DurableFile.hasRoom(path) else { throw error }
            throw ImagingError(.unencodable, "\(error.reason); the disk is full", isDiskFull: true)
        }
    }
}
