/// How a result is written.
public struct OutputEncoding: Sendable, Hashable {
    public let fileFormat: ImageFileFormat
    /// 1 (small) to 100 (good); `nil` is the library's default: 95 for JPEG, lossless for WebP.
    public let quality: Int?

    public static let qualities = 1...100

    public init(fileFormat: ImageFileFormat, quality: Int? = nil) {
        precondition(quality.map(Self.qualities.contains) ?? true, "quality \(quality ?? 0)")
        self.fileFormat = fileFormat
        self.quality = quality
    }
}
