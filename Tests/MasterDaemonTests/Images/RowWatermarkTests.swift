import Testing
import TileCore

@testable import MasterDaemon

@Suite struct RowWatermarkTests {
    /// 3 columns and 4 rows of tiles. The last ones are smaller.
    private let grid = TileGrid(image: PixelSize(width: 25, height: 37), tileSize: 10)

    @Test func rowsEndAtTheFirstMissingTile() {
        var watermark = RowWatermark(grid, missing: Array(0..<12))
        for tile in [1, 2, 3, 4, 5] { watermark.complete(tile) }
        #expect(watermark.rows == 0)
        watermark.complete(0)
        #expect(watermark.rows == 20)
        for tile in 7..<12 { watermark.complete(tile) }
        #expect(watermark.rows == 20)
        watermark.complete(6)
        #expect(watermark.rows == 37)
    }

    /// After a restart some tiles are complete already.
    @Test func tilesOfAnEarlierRunCount() {
        #expect(RowWatermark(grid, missing: []).rows == 37)
        #expect(RowWatermark(grid, missing: [11]).rows == 30)
        var watermark = RowWatermark(grid, missing: [4, 9])
        #expect(watermark.rows == 10)
        watermark.complete(4)
        #expect(watermark.rows == 30)
    }

    @Test func repeatedTileChangesNothing() {
        var watermark = RowWatermark(grid, missing: [0, 1])
        watermark.complete(0)
        watermark.complete(0)
        watermark.complete(5)
        #expect(watermark.rows == 0)
    }

    /// In any order, the complete rows are those above the first row of tiles with a missing tile.
    @Test(arguments: 0..<50 as Range<UInt64>) func anyOrderOfTilesGivesTheSameRows(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let size = PixelSize(width: .random(in: 1...90, using: &random), height: .random(in: 1...90, using: &random))
        let grid = TileGrid(image: size, tileSize: .random(in: 1...40, using: &random))
        var missing = Set((0..<grid.count).filter { _ in Bool.random(using: &random) })
        var watermark = RowWatermark(grid, missing: Array(missing))
        for tile in missing.sorted().shuffled(using: &random) {
            missing.remove(tile)
            watermark.complete(tile)
            #expect(watermark.rows == (missing.min().map { grid[$0].y } ?? size.height))
        }
    }
}
