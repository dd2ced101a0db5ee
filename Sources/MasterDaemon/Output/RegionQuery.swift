import TileCore

/// Which part of an image someone wants to see, and how large.
struct RegionQuery: Sendable, Hashable {
    /// The longest side of an answer, in pixels.
    static let largestSide = 2048
    static let defaultSide = 1024

    /// In the image's pixels; the missing ones reach to its edge.
    var x = 0
    var y = 0
    var width: Int?
    var height: Int?
    /// No side of the answer is longer. Nothing is enlarged.
    var side = defaultSide
    /// By default JPEG, or PNG if there is alpha to show.
    var encoding: Picture.Encoding?

    /// The region in an image of this size.
    /// - Throws: `ServiceError` if it is not inside.
    func region(in size: PixelSize) throws(ServiceError) -> TileRegion {
        guard (0..<size.width).contains(x), (0..<size.height).contains(y) else {
            throw ServiceError(
                .badRequest, "the region begins at (\(x), \(y)), outside of the image, which has \(size) pixels")
        }
        let (width, height) = (width ?? size.width - x, height ?? size.height - y)
        guard (1...size.width - x).contains(width), (1...size.height - y).contains(height) else {
            throw ServiceError(
                .badRequest,
                "the region \(width)×\(height) at (\(x), \(y)) is not inside the image, which has \(size) pixels")
        }
        return TileRegion(x: x, y: y, width: width, height: height)
    }
}
