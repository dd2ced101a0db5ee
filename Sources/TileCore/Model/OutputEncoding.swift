/// How a result is written.
public struct OutputEncoding: Sendable, Hashable {
    /// How JPEG stores the colors of neighbouring pixels.
    public enum Subsampling: String, Sendable, Hashable, Codable, CaseIterable {
        /// Four pixels share one color, but each has its own brightness.
        case halved = "420"
        case full = "444"
    }

    /// How the pixels of a TIFF file are compressed.
    public enum Compression: String, Sendable, Hashable, Codable, CaseIterable {
        case lzw, none, deflate, zstd, jpeg
    }

    public let fileFormat: ImageFileFormat
    /// 1 (small) to 100 (good); `nil` is 95 for JPEG, lossless for WebP.
    public let quality: Int?
    /// JPEG: a coarse picture of the whole comes first, and then details.
    public var isProgressive = false
    public var subsampling = Subsampling.halved
    /// The effort of PNG and Deflate: 1 (fast) to 9 (small); `nil` is 1.
    public var level: Int?
    public var compression = OutputEncoding.defaultCompression
    /// TIFF: tiles of this side, in pixels, instead of strips.
    public var tileSide: Int?
    /// TIFF with tiles: smaller images after the first, each half as large as the one before.
    public var isPyramid = false
    /// Whether BGRA pixels with B = G = R are written as gray with alpha, if the format has that.
    public var isGrayAlpha = false
    /// TIFF: whether colors are stored multiplied by alpha.
    public var isAlphaAssociated = false

    public static let qualities = 1...100
    public static let levels = 1...9
    public static let defaultCompression = Compression.lzw

    public init(fileFormat: ImageFileFormat, quality: Int? = nil) {
        precondition(quality.map(Self.qualities.contains) ?? true, "quality \(quality ?? 0)")
        self.fileFormat = fileFormat
        self.quality = quality
    }
}
