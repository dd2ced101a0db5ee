import NIOCore
import TileCodecs
import TileCore

/// A small image file for people to look at.
struct Picture: Sendable, Equatable {
    enum Encoding: String, Sendable, CaseIterable { case jpeg, png }

    /// High, because regions are looked at closely.
    static let quality = 92

    /// All of the file's bytes, which any number of answers share.
    let file: ByteBuffer
    let encoding: Encoding

    init(bytes: [UInt8], encoding: Encoding) {
        file = ByteBuffer(bytes: bytes)
        self.encoding = encoding
    }
}

extension Picture {
    /// Cuts a region out of an image as it is at this moment.
    /// - Parameter size: of the picture; `nil` for that of the region, made smaller as the query wants it.
    init(
        of image: Canvas, _ region: TileRegion, _ query: RegionQuery, size: PixelSize? = nil
    ) throws(ImagingError) {
        let encoding = query.encoding ?? (image.format.hasAlpha ? .png : .jpeg)
        let size = size ?? region.size.fitted(into: query.side)
        let bytes = try image.withPixels(in: region) { pixels throws(ImagingError) in
            let small = try pixels.shrunk(to: size, keepingAlpha: encoding == .png)
            return encoding == .png ? try small.png() : try small.jpeg(quality: Self.quality)
        }
        self.init(bytes: bytes, encoding: encoding)
    }
}
