import Foundation
import GRDB
import TileCore

/// A row of `job_events`: an event of a job, or the end of an attempt at one of its tiles.
struct JobEventRecord: Codable, Sendable, FetchableRecord, PersistableRecord, Equatable {
    static let databaseTableName = "job_events"

    static func databaseDateEncodingStrategy(for column: String) -> DatabaseDateEncodingStrategy {
        .custom { $0.nearestMillisecond }
    }

    enum Kind: String, Codable, Sendable, CaseIterable {
        case submitted, started
        /// A new run continues an unfinished one: the master was restarted, or the job had waited and goes on.
        case continued
        case completed, failed, cancelled, retried
        /// A worker could not do a tile.
        case attemptFailed = "attempt_failed"
        /// No result came in time.
        case attemptLate = "attempt_late"
        /// The worker that had the tile was lost.
        case workerLost = "worker_lost"
    }

    var eventID: Int64?
    let jobID: JobID
    let at: Date
    let kind: Kind
    /// The tile's pass, from 0, and its position in the grid, row by row.
    var pass: Int?
    var position: Int?
    /// The attempt's number, from 1.
    var attempt: Int?
    var workerID: String?
    var reason: String?

    enum CodingKeys: String, CodingKey, ColumnExpression {
        case eventID = "event_id"
        case jobID = "job_id"
        case at, kind, pass, position, attempt, reason
        case workerID = "worker_id"
    }
}

/// The end of an attempt at a tile that gave no result, for the journal.
struct AttemptEnd: Sendable, Equatable {
    let tile: TileID
    let kind: JobEventRecord.Kind
    var attempt: Int?
    var worker: String?
    var reason: String?
    var at = Date.wholeMilliseconds()

    /// The maximum length of a stored reason, in characters.
    static let longestReason = 500

    var record: JobEventRecord {
        JobEventRecord(
            jobID: tile.job, at: at, kind: kind, pass: tile.pass, position: tile.index, attempt: attempt,
            workerID: worker, reason: reason.map { String($0.prefix(Self.longestReason)) })
    }
}
