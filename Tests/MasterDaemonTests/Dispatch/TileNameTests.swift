import Logging
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct TileNameTests {
    @Test(arguments: [
        (0, 0, "the tile in row 1, column 1"), (4, 0, "the tile in row 2, column 2"),
        (5, 2, "the tile in row 2, column 3 of pass 3"),
    ])
    func aTileIsNamedAsThePagesNameIt(index: Int, pass: Int, name: String) {
        let grid = TileGrid(image: PixelSize(width: 150, height: 100), tileSize: 64)
        let tile = TileName(TileID(job: .make(), pass: pass, index: index), in: grid)
        #expect("\(tile)" == name)
        #expect(tile.logMetadata["row"] == "\(tile.row)" && tile.logMetadata["column"] == "\(tile.column)")
        #expect(tile.logMetadata["pass"] == "\(pass + 1)" && tile.logMetadata["tile"] == nil)
    }
}
