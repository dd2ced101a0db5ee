import TileCore

/// How many rows of an image are complete from the top, while tiles become complete in any order.
struct RowWatermark: Sendable {
    private let grid: TileGrid
    private var missing: Set<Int>
    /// How many tiles are missing in each row of tiles.
    private var missingTiles: [Int]
    /// The first row of tiles with a missing tile.
    private var first = 0

    /// - Parameter missing: the tiles that are not complete.
    init(_ grid: TileGrid, missing: [Int]) {
        self.grid = grid
        self.missing = Set(missing)
        missingTiles = [Int](repeating: 0, count: grid.rows)
        for tile in self.missing { missingTiles[tile / grid.columns] += 1 }
        advance()
    }

    /// How many rows of pixels are complete from the top; the image's height once all tiles are complete.
    var rows: Int { min(first * grid.tileSize, grid.image.height) }

    /// Marks a tile as complete. A second call for the same tile changes nothing.
    mutating func complete(_ tile: Int) {
        guard missing.remove(tile) != nil else { return }
        missingTiles[tile / grid.columns] -= 1
        advance()
    }

    private mutating func advance() {
        while first < missingTiles.count, missingTiles[first] == 0 { first += 1 }
    }
}
