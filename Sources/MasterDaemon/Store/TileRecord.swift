import GRDB
import TileCore

/// A row of `tiles`: a tile of one pass of a job.
struct TileRecord: Codable, Sendable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "tiles"

    var tileID: Int64?
    var jobID: JobID
    var pass: Int
    /// The position in the grid, row by row.
    var position: Int
    var x: Int
    var y: Int
    var status: TileStatus
    /// The worker that transformed it.
    var workerID: String?
    /// The time of the transform on the worker.
    var milliseconds: Double?

    enum CodingKeys: String, CodingKey, ColumnExpression {
        case tileID = "tile_id"
        case jobID = "job_id"
        case pass, position, x, y, status
        case workerID = "worker_id"
        case milliseconds
    }
}
