/// What an image file says of itself before any pixel is decoded: the shape its pixels will have in memory.
///
/// The header is read the way OpenCV 4.6 reads it, since OpenCV decodes the pixels later: JPEG by
/// `IMREAD_ANYCOLOR | IMREAD_ANYDEPTH`, the others by `IMREAD_UNCHANGED`. What OpenCV would decode wrongly, or only by
/// dropping something, is refused here with the reason.
public struct ImageHeader: Sendable, Hashable {
    public let fileFormat: ImageFileFormat
    /// The decoded image's size in pixels, `orientation` applied.
    public let size: PixelSize
    /// The decoded image's samples.
    public let pixelFormat: PixelFormat
    /// How decoding turns the stored image, as EXIF numbers it: 1...8, 5 and above swap the sides.
    ///
    /// From the EXIF block of a JPEG file and the Orientation tag of a TIFF file; 1 for the other formats and where
    /// OpenCV does not see the tag.
    public let orientation: Int
    /// The offset of a byte that decoding must find to be 0, whatever the file has there; see `TIFFPage.alphaPatch`.
    let alphaPatch: Int?

    /// OpenCV's default limit for a decoded image (`CV_IO_MAX_IMAGE_PIXELS`), in pixels.
    static let maximumArea = 1 << 30

    /// Reads the header of the file at `path` and checks that the file is all there.
    ///
    /// Reads a few kilobytes of most files; a JPEG file and a run-length-encoded BMP file are read to the end, since
    /// only their compressed data says where they end. Memory is bounded whatever the file claims.
    /// - Throws: `ImageHeaderError`: no image, an image that cannot be decoded faithfully, or a file in trouble.
    public static func read(path: String) throws(ImageHeaderError) -> ImageHeader {
        var file = try FileBytes(path: path)
        let head = try file.bytes(at: 0, count: min(file.size, FileSignature.longest), of: "its signature")
        switch try FileSignature.format(ofHead: head) {
        case .png: return try PNGHeader.read(&file)
        case .jpeg: return try JPEGHeader.read(&file)
        case .bmp: return try BMPHeader.read(&file)
        case .tiff: return try TIFFHeader.read(&file)
        case .webp: return try WebPHeader.read(&file)
        }
    }

    /// - Parameter maximumSide: the longest side that the format's decoder takes, where it takes less than OpenCV.
    init(
        _ fileFormat: ImageFileFormat, storedWidth width: Int, height: Int, pixelFormat: PixelFormat,
        orientation: Int = 1, maximumSide: Int = PixelSize.maximumSide, alphaPatch: Int? = nil
    ) throws(ImageHeaderError) {
        guard width > 0, height > 0 else { throw .damaged("the header says the image is \(width)×\(height) pixels") }
        let limit = min(maximumSide, PixelSize.maximumSide)
        guard width <= limit, height <= limit else {
            throw .unsupported("the image is \(width)×\(height) pixels; a side can be \(limit) pixels at most")
        }
        guard width * height <= Self.maximumArea else {
            throw .unsupported("the image is \(width)×\(height) pixels; \(Self.maximumArea) pixels can be decoded")
        }
        let stored = PixelSize(width: width, height: height)
        self.fileFormat = fileFormat
        self.size = orientation >= 5 ? stored.transposed : stored
        self.pixelFormat = pixelFormat
        self.orientation = orientation
        self.alphaPatch = alphaPatch
    }
}
