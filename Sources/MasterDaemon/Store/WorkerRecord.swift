import Foundation
import GRDB

/// A row of `workers`: what the last heartbeat said.
struct WorkerRecord: Codable, Sendable, FetchableRecord, PersistableRecord, Equatable {
    static let databaseTableName = "workers"

    /// A row that is read and written again keeps its times.
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
