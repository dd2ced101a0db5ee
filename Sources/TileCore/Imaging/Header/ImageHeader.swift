public struct ImageHeader: Sendable, Hashable {
    public let fileFormat: ImageFileFormat
    public let size: PixelSize
    public let pixelFormat: PixelFormat
    public let orientation: Int
    public static func read(path: String) throws(ImageHeaderError) -> ImageHeader { throw ImageHeaderError() }
}
public struct ImageHeaderError: Error {}
