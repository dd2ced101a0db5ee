import TileCore

/// Which part of an image someone wants to see, and how large.
struct RegionQuery: Sendable, Hashable {
    /// The longest side of an answer, in pixels.
    static let largestSide = 2048
    static let defaultSide = 1024

    enum Encoding: String, Sendable, CaseIterable { case jpeg, png }

    /// In the image's pixels; the missing ones reach to its edge.
    var x = 0
    var y = 0
    var width: Int?
    var height: Int?
    /// No side of the answer is longer. Nothing is enlarged.
    var side = defaultSide
    /// By default JPEG, or PNG where there is alpha to show.
    var encoding: Encoding?

    /// The region in an image of this size.
    /// - Throws: `ServiceError` where it is not inside.
    func region(in size: PixelSize) throws(ServiceError) -> TileRegion {
        let (width, height) = (width ?? size.width - x, height ?? size.height - y)
        guard (0..<size.width).contains(x), (0..<size.height).contains(y), (1...size.width - x).contains(width),
            (1...size.height - y).contains(height)
        else {
            throw ServiceError(
                .badRequest,
                "the region \(width)×\(height) at (\(x), \(y)) is not inside the image, which has \(size) pixels")
        }
        return TileRegion(x: x, y: y, width: width, height: height)
    }
}

/// A picture of a part of an image, for people to look at.
struct RegionView: Sendable {
    /// High, for it is looked at closely.
    static let quality = 92

    let bytes: [UInt8]
    let encoding: RegionQuery.Encoding

    /// Cuts the region out of an image as it is at this moment.
    init(of image: Canvas, _ region: TileRegion, _ query: RegionQuery) throws(ImagingError) {
        let encoding = query.encoding ?? (image.format.hasAlpha ? .png : .jpeg)
        bytes = try image.withPixels(in: region) { pixels throws(ImagingError) in
            let small = try pixels.shrunk(toFit: query.side, keepingAlpha: encoding == .png)
            return encoding == .png ? try small.png() : try small.jpeg(quality: Self.quality)
        }
        self.encoding = encoding
    }
}
