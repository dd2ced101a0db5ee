import NIOCore
import TileCodecs
import TileCore

/// A small image file for viewers.
struct Picture: Sendable, Equatable {
    enum Encoding: String, Sendable, CaseIterable { case jpeg, png }

    /// High, because users look at regions closely.
    static let quality = 92

    /// The bytes of the file. All answers share them.
    let file: ByteBuffer
    let encoding: Encoding

    init(bytes: [UInt8], encoding: Encoding) {
        file = ByteBuffer(bytes: bytes)
        self.encoding = encoding
    }
}

extension Picture {
    /// Cuts a region out of the current image.
    /// - Parameter size: the size of the picture; `nil` for the size of the region, reduced as the query requires.
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
