public import TileCore

/// Smaller images of a large one: half as large, a quarter as large and so on, in one TIFF file of tiles. A viewer that
/// shows a part at a small scale then reads about as many pixels as it shows.
///
/// They have 8 bits a sample, whatever the image has.
public struct Overviews: Sendable, Hashable {
    /// Smaller images have no overviews, because they are decoded as a whole in a third of a second.
    public static let leastArea = 16_000_000
    /// The longest side that the last overview may have.
    static let leastSide = 512

    public let image: PixelSize
    /// From half the image's size down. Level 1 is the first one.
    public let sizes: [PixelSize]

    public init(of image: PixelSize) {
        self.image = image
        let half = image.halved
        sizes = [half] + Pyramid(of: half, tileSide: Self.leastSide).sizes
    }

    /// The pixels of one level that show a region of the image.
    public struct Part: Sendable, Hashable, Codable {
        /// From 1.
        public let level: Int
        /// The size of the whole level.
        public let size: PixelSize
        public let region: TileRegion
    }

    /// The part that shows a region. It belongs to the smallest level in which the region still has at least `side`
    /// pixels on its longer side. Edges of the region that lie inside a pixel of the level are rounded to the nearest
    /// edge.
    /// - Parameter side: no side of the shown picture will be longer.
    /// - Returns: `nil` if more pixels are wanted than the largest level has.
    public func part(showing region: TileRegion, side: Int) -> Part? {
        let longest = max(region.width, region.height)
        guard side < longest else { return nil }
        let level = sizes.indices.map { $0 + 1 }.last { (longest + (1 << $0) - 1) >> $0 >= side }
        guard let level else { return nil }
        let size = sizes[level - 1]
        let columns = Self.pixels(region.columns, of: image.width, level, size.width)
        let rows = Self.pixels(region.rows, of: image.height, level, size.height)
        return Part(
            level: level, size: size,
            region: TileRegion(x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count))
    }

    /// The pixels of a level that show a range of the image's pixels, along one side.
    private static func pixels(_ range: Range<Int>, of length: Int, _ level: Int, _ levelLength: Int) -> Range<Int> {
        let half = (1 << level) / 2
        let first = min((range.lowerBound + half) >> level, levelLength - 1)
        // The last pixel of a level may show fewer pixels of the image than the others.
        let end = range.upperBound == length ? levelLength : (range.upperBound + half) >> level
        return first..<min(max(end, first + 1), levelLength)
    }
}
