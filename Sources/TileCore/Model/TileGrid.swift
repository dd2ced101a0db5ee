/// An image cut into square tiles, row by row from the top left.
///
/// Every pixel belongs to exactly one tile. Tiles of the last column and the last row are smaller if the image's side
/// is not a multiple of the tile size.
public struct TileGrid: Sendable, Hashable {
    public let image: PixelSize
    /// The side of a tile in pixels.
    public let tileSize: Int

    /// Tile sizes that a master accepts. A tile of 1024 px with the widest halo in 16-bit BGRA still fits into a
    /// record.
    public static let tileSizes = 64...1024

    /// - Precondition: `tileSize` is positive.
    public init(image: PixelSize, tileSize: Int) {
        precondition(tileSize > 0, "a tile of \(tileSize) px holds nothing")
        self.image = image
        self.tileSize = tileSize
    }

    public var columns: Int { (image.width + tileSize - 1) / tileSize }
    public var rows: Int { (image.height + tileSize - 1) / tileSize }
    public var count: Int { columns * rows }

    /// The pixels of tile `index`, without halo.
    /// - Precondition: `index` is in `0..<count`.
    public subscript(index: Int) -> TileRegion {
        precondition((0..<count).contains(index), "tile \(index) of \(count)")
        let x = index % columns * tileSize
        let y = index / columns * tileSize
        return TileRegion(
            x: x, y: y, width: min(tileSize, image.width - x), height: min(tileSize, image.height - y))
    }

    /// The pixels of adjacent tiles of one row, without halo.
    /// - Precondition: `tiles` is not empty, and all of it is in one row.
    public subscript(tiles: Range<Int>) -> TileRegion {
        precondition(isInOneRow(tiles), "tiles \(tiles) are not in one row")
        let (first, last) = (self[tiles.lowerBound], self[tiles.upperBound - 1])
        return TileRegion(x: first.x, y: first.y, width: last.x + last.width - first.x, height: first.height)
    }

    /// Whether these are tiles of one row.
    public func isInOneRow(_ tiles: Range<Int>) -> Bool {
        (0..<count).contains(tiles.lowerBound) && !tiles.isEmpty
            && tiles.upperBound - tiles.lowerBound <= columns - tiles.lowerBound % columns
    }
}
