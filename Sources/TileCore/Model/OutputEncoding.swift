/// How a result is written.
public struct OutputEncoding: Sendable, Hashable {
    /// How JPEG stores the colors of neighbouring pixels.
    public enum Subsampling: String, Sendable, Hashable, Codable, CaseIterable {
        /// Four pixels share one color, but not their brightness.
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
    /// JPEG: the whole picture is there early, and sharpens.
    public var isProgressive = false
    public var subsampling = Subsampling.halved
    /// How hard PNG and Deflate try: 1 (fast) to 9 (small); `nil` is 1.
    public var level: Int?
    public var compression = OutputEncoding.defaultCompression
    /// TIFF: tiles of this side, in pixels, instead of strips.
    public var tileSide: Int?
    /// TIFF with tiles: smaller images after the first, each half as large.
    public var isPyramid = false
    /// BGRA pixels with B = G = R are written as gray with alpha, if the format has that.
    public var isGrayAlpha = false
    /// TIFF: colors are stored multiplied with alpha.
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
