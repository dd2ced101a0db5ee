import TileCore

/// How many rows of an image are complete from the top, while its tiles complete in any order.
struct RowWatermark: Sendable {
    private let grid: TileGrid
    private var missing: Set<Int>
    /// How many tiles each row of tiles lacks.
    private var lacking: [Int]
    /// The first row of tiles that lacks any.
    private var first = 0

    /// - Parameter missing: the tiles that are not complete.
    init(_ grid: TileGrid, missing: [Int]) {
        self.grid = grid
        self.missing = Set(missing)
        lacking = [Int](repeating: 0, count: grid.rows)
        for tile in self.missing { lacking[tile / grid.columns] += 1 }
        advance()
    }

    /// Rows of pixels that are complete from the top; the image's height once all tiles are.
    var rows: Int { min(first * grid.tileSize, grid.image.height) }

    /// A tile is complete. One that was already changes nothing.
    mutating func complete(_ tile: Int) {
        guard missing.remove(tile) != nil else { return }
        lacking[tile / grid.columns] -= 1
        advance()
    }

    private mutating func advance() {
        while first < lacking.count, lacking[first] == 0 { first += 1 }
    }
}
