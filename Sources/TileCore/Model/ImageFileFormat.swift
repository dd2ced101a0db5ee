/// An image file format that Tilework reads and writes. The raw value is its name in the API.
public enum ImageFileFormat: String, Sendable, Hashable, Codable, CaseIterable {
    case png, jpeg, bmp, tiff, webp

    /// The extension of a file of this format, without the dot.
    public var fileExtension: String {
        switch self {
        case .jpeg: "jpg"
        case .tiff: "tif"
        case .png, .bmp, .webp: rawValue
        }
    }

    /// The media type registered at IANA.
    public var mediaType: String { "image/\(rawValue)" }

    /// The format for a file name's extension, upper or lower case; `nil` if it is none of ours.
    public init?(fileExtension: String) {
        switch fileExtension.lowercased() {
        case "png": self = .png
        case "jpg", "jpeg", "jpe", "jfif": self = .jpeg
        case "bmp", "dib": self = .bmp
        case "tif", "tiff": self = .tiff
        case "webp": self = .webp
        default: return nil
        }
    }

    /// Whether a file of this format can hold such pixels. WebP stores gray as B = G = R.
    public func canHold(_ format: PixelFormat) -> Bool {
        switch self {
        case .png, .tiff: true
        case .jpeg: format.depth == .eight && !format.hasAlpha
        case .bmp, .webp: format.depth == .eight
        }
    }

    /// The longest side that is read and written in this format, in pixels. For JPEG it is the limit of libjpeg.
    public var maximumSide: Int {
        switch self {
        case .jpeg: 65_500
        case .webp: 16_383
        case .png, .bmp, .tiff: PixelSize.maximumSide
        }
    }

    /// Whether a file of this format can be transparent.
    public var hasAlpha: Bool { self != .jpeg }

    /// Whether a file of this format can have gray pixels, and so a gray profile. WebP stores gray as color
    /// with B = G = R, and BMP as indexes into a palette of such colors.
    public var hasGray: Bool { self != .webp && self != .bmp }

    /// Whether a file of this format can have gray with alpha. The others store it as colors.
    public var hasGrayAlpha: Bool { self == .png || self == .tiff }
}
