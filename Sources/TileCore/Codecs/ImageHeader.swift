internal import CImageCodecs
internal import Glibc
public import TileCore

/// The header of an image file: the size and kind of its pixels once they are decoded. No pixel is decoded for it.
public struct ImageHeader: Sendable, Hashable, Codable {
    public let fileFormat: ImageFileFormat
    /// The decoded image's size in pixels, `orientation` applied.
    public let size: PixelSize
    /// The channels and the depth of the decoded pixels.
    public let pixelFormat: PixelFormat
    /// How the stored image is turned, as in EXIF: 1...8; from 5 on, the sides are swapped.
    public let orientation: Int
    /// Whether the file stores gray with alpha. It is decoded as BGRA with B = G = R.
    public let isGrayAlpha: Bool
    /// Whether the file's colors are multiplied by alpha. The decoded ones are not.
    public let hasAssociatedAlpha: Bool
    /// Whether the reader converts the stored colors (CMYK, YCCK, L*a*b* or LogLuv) to sRGB or gray. The file's profile
    /// and the color information in its metadata are then not true of the decoded pixels.
    public let isConvertedToSRGB: Bool
    /// Which image of the file this is, from 0, and how many there are.
    public let page: Int
    public let pageCount: Int

    /// Whether rows can be decoded one after the other, because the format has rows and the image is not turned.
    public let isReadByRows: Bool
    /// How many rows are decoded at once. They are whole blocks of the file.
    public let bandRows: Int

    /// The largest image that is decoded, in pixels.
    public static let maximumArea = 1 << 30

    /// Rows of a band, unless blocks are higher.
    private static let usualBandRows = 64

    /// The stored image's size in pixels.
    var storedSize: PixelSize { orientation >= 5 ? size.transposed : size }

    init(_ info: twc_info) {
        guard let fileFormat = ImageFileFormat(info.format),
            let depth = SampleDepth(rawValue: Int(info.depth)),
            let pixelFormat = PixelFormat(channels: Int(info.channels), depth: depth)
        else { preconditionFailure("a reader reports an unknown format, depth or number of channels") }
        let stored = PixelSize(width: Int(info.width), height: Int(info.height))
        self.fileFormat = fileFormat
        self.size = info.orientation >= 5 ? stored.transposed : stored
        self.pixelFormat = pixelFormat
        orientation = Int(info.orientation)
        isGrayAlpha = info.is_gray_alpha
        hasAssociatedAlpha = info.alpha == TWC_ALPHA_ASSOCIATED
        isConvertedToSRGB = info.is_converted_to_srgb
        isReadByRows = !info.needs_whole_buffer && info.orientation == 1
        bandRows = min(stored.height, max(Self.usualBandRows, Int(info.block_height)))
        page = Int(info.page)
        pageCount = Int(info.pages)
    }

    /// Whether a reader can give this header. A header that another process sends may hold any numbers.
    public var isPossible: Bool {
        let sides = 1...PixelSize.maximumSide
        return sides.contains(size.width) && sides.contains(size.height) && size.area <= Self.maximumArea
            && (1...8).contains(orientation) && (1...storedSize.height).contains(bandRows)
            && page >= 0 && pageCount > page
    }

    /// Reads the header of the file at `path`. Time and memory are bounded, whatever the file claims.
    /// - Throws: `ImageFileError`: no image, an image of a kind that is not read, or a file that cannot be read.
    public static func read(path: String, page: Int? = nil) throws(ImageFileError) -> ImageHeader {
        try ImageReader(path: path, page: page).header
    }
}

extension ImageFileFormat {
    /// The format according to the first bytes of a file; `nil` if Tilework does not read it.
    public init?(beginningOf file: OwnedDescriptor) {
        var head = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(file.number, &head, head.count, 0)
        self.init(twc_format(UInt32(unsafe twc_format_of(head, max(0, count)))))
    }

    init?(_ format: twc_format) {
        switch format {
        case TWC_PNG: self = .png
        case TWC_JPEG: self = .jpeg
        case TWC_BMP: self = .bmp
        case TWC_TIFF: self = .tiff
        case TWC_WEBP: self = .webp
        default: return nil
        }
    }

    var codec: twc_format {
        switch self {
        case .png: TWC_PNG
        case .jpeg: TWC_JPEG
        case .bmp: TWC_BMP
        case .tiff: TWC_TIFF
        case .webp: TWC_WEBP
        }
    }
}
