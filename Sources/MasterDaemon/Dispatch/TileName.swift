import Logging
import TileCore

/// A tile's name for people: its row and column, from 1, as on the pages.
struct TileName: Sendable, Hashable, CustomStringConvertible {
    let job: JobID
    /// From 1, as are row and column.
    let pass: Int
    let row: Int
    let column: Int

    init(_ tile: TileID, in grid: TileGrid) {
        job = tile.job
        pass = tile.pass + 1
        row = tile.index / grid.columns + 1
        column = tile.index % grid.columns + 1
    }

    var description: String {
        "the tile in row \(row), column \(column)" + (pass > 1 ? " of pass \(pass)" : "")
    }

    var logMetadata: Logger.Metadata {
        [LogKey.job: "\(job)", LogKey.pass: "\(pass)", LogKey.row: "\(row)", LogKey.column: "\(column)"]
    }
}

extension LogKey {
    static let row = "row"
    static let column = "column"
}
