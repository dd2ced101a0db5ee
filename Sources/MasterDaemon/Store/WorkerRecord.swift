import Foundation
import GRDB

/// A row of `workers`: a worker as of its last heartbeat.
struct WorkerRecord: Codable, Sendable, FetchableRecord, PersistableRecord, Equatable {
    static let databaseTableName = "workers"

    /// Rounds to milliseconds, so that reading a row and writing it again keeps its times.
    static func databaseDateEncodingStrategy(for column: String) -> DatabaseDateEncodingStrategy {
        .custom { $0.nearestMillisecond }
    }

    enum Status: String, Codable, Sendable { case online, offline }

    var workerID: String
    var status: Status
    var lastHeartbeat: Date
    var host: String
    var pid: Int
    var slots: Int
    var tilesDone: Int

    enum CodingKeys: String, CodingKey, ColumnExpression {
        case workerID = "worker_id"
        case status
        case lastHeartbeat = "last_heartbeat"
        case host, pid, slots
        case tilesDone = "tiles_done"
    }
}
