import TileCore

/// A request for a part of an image, at some size.
struct RegionQuery: Sendable, Hashable {
    /// The longest side of an answer, in pixels.
    static let largestSide = 2048
    static let defaultSide = 1024

    /// In pixels of the image. If width or height is missing, the region extends to the edge.
    var x = 0
    var y = 0
    var width: Int?
    var height: Int?
    /// No side of the answer is longer. The region is never enlarged.
    var side = defaultSide
    /// `nil` is JPEG, or PNG if there is alpha.
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
