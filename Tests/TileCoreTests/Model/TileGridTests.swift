import Testing

@testable import TileCore

@Suite struct TileGridTests {
    /// Counts for each pixel of an image how many tiles have it.
    private func coverage(_ grid: TileGrid) -> [UInt8] {
        var marks = [UInt8](repeating: 0, count: grid.image.area)
        for index in 0..<grid.count {
            let tile = grid[index]
            for row in tile.rows {
                for column in tile.columns { marks[row * grid.image.width + column] += 1 }
            }
        }
        return marks
    }

    @Test(arguments: 0..<40) func everyPixelIsInExactlyOneTile(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let image = PixelSize(width: generator.side(upTo: 160), height: generator.side(upTo: 160))
        let grid = TileGrid(image: image, tileSize: generator.int(1...200))
        #expect(coverage(grid).allSatisfy { $0 == 1 }, "seed \(seed): \(image) in tiles of \(grid.tileSize)")
    }

    /// For images that are too large to mark pixel by pixel: columns and rows cover their sides without gap or overlap,
    /// and every tile is the product of its column and its row.
    @Test(arguments: 100..<200) func largeImagesAreCoveredToo(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let image = PixelSize(width: generator.side(upTo: 6000), height: generator.side(upTo: 6000))
        let grid = TileGrid(image: image, tileSize: generator.int(TileGrid.tileSizes))
        let comment: Comment = "seed \(seed): \(image) in tiles of \(grid.tileSize)"
        #expect(grid.count == grid.columns * grid.rows, comment)
        #expect((0..<grid.columns).flatMap { Array(grid[$0].columns) } == Array(0..<image.width), comment)
        #expect((0..<grid.rows).flatMap { Array(grid[$0 * grid.columns].rows) } == Array(0..<image.height), comment)
        for index in 0..<grid.count {
            #expect(grid[index].columns == grid[index % grid.columns].columns, comment)
            #expect(grid[index].rows == grid[index - index % grid.columns].rows, comment)
            #expect(TileRegion(whole: image).contains(grid[index]), comment)
        }
    }

    @Test func tilesRunRowByRowFromTheTopLeft() {
        let grid = TileGrid(image: PixelSize(width: 130, height: 65), tileSize: 64)
        #expect((grid.columns, grid.rows, grid.count) == (3, 2, 6))
        #expect(grid[0] == TileRegion(x: 0, y: 0, width: 64, height: 64))
        #expect(grid[2] == TileRegion(x: 128, y: 0, width: 2, height: 64))
        #expect(grid[5] == TileRegion(x: 128, y: 64, width: 2, height: 1))
    }

    @Test func adjacentTilesOfARowAreOneRegion() {
        let grid = TileGrid(image: PixelSize(width: 130, height: 65), tileSize: 64)
        #expect(grid[0..<3] == TileRegion(x: 0, y: 0, width: 130, height: 64))
        #expect(grid[4..<6] == TileRegion(x: 64, y: 64, width: 66, height: 1))
        #expect([0..<1, 0..<2, 0..<3, 1..<3, 2..<3, 3..<6, 5..<6].allSatisfy(grid.isInOneRow))
        #expect(![0..<0, 0..<4, 2..<4, 5..<7, 6..<7, -1..<1].contains(where: grid.isInOneRow))
    }

    @Test func aTileLargerThanTheImageIsTheImage() {
        let image = PixelSize(width: 1, height: 63)
        let grid = TileGrid(image: image, tileSize: 64)
        #expect(grid.count == 1)
        #expect(grid[0] == TileRegion(whole: image))
    }

    @Test(arguments: 200..<300) func haloExtendsEverySideAndStopsAtTheImage(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let image = PixelSize(width: generator.side(upTo: 4000), height: generator.side(upTo: 4000))
        let grid = TileGrid(image: image, tileSize: generator.int(TileGrid.tileSizes))
        let halo = generator.pick([0, 1, 49, 127, generator.int(0...1000), 5000])
        let tile = grid[generator.int(0...(grid.count - 1))]
        let wide = tile.expanded(by: halo, within: image)
        let comment: Comment = "seed \(seed): \(tile) of \(image), halo \(halo)"
        #expect(wide.contains(tile), comment)
        #expect(TileRegion(whole: image).contains(wide), comment)
        // Each side is as far out as the halo, or at the image's edge.
        #expect(tile.x - wide.x == halo || wide.x == 0 && tile.x < halo, comment)
        #expect(tile.y - wide.y == halo || wide.y == 0 && tile.y < halo, comment)
        let right = wide.columns.upperBound
        let bottom = wide.rows.upperBound
        #expect(right - tile.columns.upperBound == halo || right == image.width, comment)
        #expect(bottom - tile.rows.upperBound == halo || bottom == image.height, comment)
        #expect(right - tile.columns.upperBound <= halo && bottom - tile.rows.upperBound <= halo, comment)
        // Relative to the corner of the payload, the tile has the same pixels.
        let inner = tile.relative(to: wide)
        #expect(inner.size == tile.size, comment)
        #expect((inner.x + wide.x, inner.y + wide.y) == (tile.x, tile.y), comment)
        #expect(TileRegion(whole: wide.size).contains(inner), comment)
    }

    @Test func containsChecksEveryEdge() {
        let region = TileRegion(x: 2, y: 3, width: 4, height: 5)
        #expect(region.contains(region))
        #expect(region.contains(TileRegion(x: 5, y: 7, width: 1, height: 1)))
        for (x, y, width, height) in [(1, 3, 2, 2), (2, 2, 2, 2), (5, 3, 2, 1), (2, 7, 1, 2)] {
            #expect(!region.contains(TileRegion(x: x, y: y, width: width, height: height)))
        }
        #expect(region.description == "4×5 at (2, 3)")
    }

    /// The largest tile that the grid and the steps allow fits into a Kafka record with its header.
    @Test func theLargestTileWithTheWidestKernelFitsARecord() {
        let halo = 127
        let side = TileGrid.tileSizes.upperBound + 2 * halo
        let bytes = PixelBuffer.byteCount(size: PixelSize(width: side, height: side), format: .bgra(.sixteen))
        #expect(bytes + WireHeader.maximumBytes <= KafkaLimits.recordBytes)
    }
}
