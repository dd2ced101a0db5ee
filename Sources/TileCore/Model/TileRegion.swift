/// A rectangle of pixels; the origin is the image's top left corner.
public struct TileRegion: Sendable, Hashable, Codable {
    public let x: Int
    public let y: Int
    public let size: PixelSize

    /// - Precondition: `x` and `y` are not negative.
    public init(x: Int, y: Int, size: PixelSize) {
        precondition(x >= 0 && y >= 0, "a region cannot start at (\(x), \(y))")
        self.x = x
        self.y = y
        self.size = size
    }

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.init(x: x, y: y, size: PixelSize(width: width, height: height))
    }

    /// The whole of an image.
    public init(whole size: PixelSize) { self.init(x: 0, y: 0, size: size) }

    public var width: Int { size.width }
    public var height: Int { size.height }
    public var rows: Range<Int> { y..<(y + height) }
    public var columns: Range<Int> { x..<(x + width) }

    /// Whether every pixel of `other` is in this region.
    public func contains(_ other: TileRegion) -> Bool {
        x <= other.x && y <= other.y && other.columns.upperBound <= columns.upperBound
            && other.rows.upperBound <= rows.upperBound
    }

    /// This region with `halo` pixels of its neighbours on every side, clipped at the edges of the image.
    public func expanded(by halo: Int, within image: PixelSize) -> TileRegion {
        let left = max(0, x - halo)
        let top = max(0, y - halo)
        let right = min(image.width, x + width + halo)
        let bottom = min(image.height, y + height + halo)
        return TileRegion(x: left, y: top, width: right - left, height: bottom - top)
    }

    /// The same pixels, relative to the top left corner of `origin`.
    /// - Precondition: `origin` contains this region.
    public func relative(to origin: TileRegion) -> TileRegion {
        precondition(origin.contains(self), "\(self) is not inside \(origin)")
        return TileRegion(x: x - origin.x, y: y - origin.y, size: size)
    }
}

extension TileRegion: CustomStringConvertible {
    public var description: String { "\(size) at (\(x), \(y))" }
}
