import Foundation
import GRDB
import TileCore

/// A row of `jobs`.
struct JobRecord: Codable, Sendable, FetchableRecord, PersistableRecord, Equatable {
    static let databaseTableName = "jobs"

    /// A row that is read and written again keeps its times.
    static func databaseDateEncodingStrategy(for column: String) -> DatabaseDateEncodingStrategy {
        .custom { $0.nearestMillisecond }
    }

    var jobID: JobID
    /// The name of the key, or the issuer's subject, that it belongs to; `nil` if nobody said who they were.
    var owner: String?
    var filename: String
    var status: JobStatus
    var createdAt: Date
    var startedAt: Date?
    var finishedAt: Date?
    /// What it took, in milliseconds, without the stretch of work that is under way.
    var workedMilliseconds = 0
    /// When the stretch of work began that is under way.
    var resumedAt: Date?
    /// When a tile of it was last completed.
    var activeAt: Date?
    /// Under which name it was sent together with others.
    var batch: String?
    /// The finished output, relative to the data directory; NULL until then.
    var outputPath: String?
    var outputBytes: Int?
    /// Why it failed, for a person.
    var error: String?
    /// What was converted, left out or irregular, for a person: a sentence each.
    var notes: [String] = []

    var sourceBytes: Int
    var sourceFormat: ImageFileFormat
    var width: Int
    var height: Int
    var channels: Int
    var depth: Int
    var transforms: String
    var format: ImageFileFormat
    var quality: Int?
    var options = JobOptions()
    var tileSize: Int

    /// The number of the job's last run, from 1; 0 before the first. Older runs can change nothing.
    var generation = 0
    /// The pass that is next or under way, from 0.
    var pass: Int
    /// Tiles of all passes.
    var tileCount: Int
    /// Of all passes; kept up to date by a trigger of the database.
    var tilesCompleted = 0
    var tilesFailed = 0
    /// The era of its plan: canvases that were written in another one are not believed. `nil` for none that is.
    var bootID: String?
    var idempotencyKey: String?
    /// What the request asked for, to tell a repeated request from another one under the same key.
    var fingerprint: String
    /// The id of the request that made it; `nil` of earlier releases.
    var requestID: String?
    /// The `traceparent` of the span that made it; `nil` if its trace is not recorded.
    var traceParent: String?

    enum CodingKeys: String, CodingKey, ColumnExpression {
        case jobID = "job_id"
        case owner, filename, status
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case workedMilliseconds = "worked_ms"
        case resumedAt = "resumed_at"
        case activeAt = "active_at"
        case batch
        case outputPath = "output_path"
        case outputBytes = "output_bytes"
        case error, notes, options
        case sourceBytes = "source_bytes"
        case sourceFormat = "source_format"
        case width, height, channels, depth, transforms, format, quality
        case tileSize = "tile_size"
        case generation, pass
        case tileCount = "tile_count"
        case tilesCompleted = "tiles_completed"
        case tilesFailed = "tiles_failed"
        case bootID = "boot_id"
        case idempotencyKey = "idempotency_key"
        case fingerprint
        case requestID = "request_id"
        case traceParent = "trace_parent"
    }

    var row: JobMachine.Row { JobMachine.Row(status: status, generation: generation) }

    /// The run that the row belongs to.
    var run: JobMachine.Run { JobMachine.Run(job: jobID, generation: generation) }

    /// What it took so far, in seconds, without its pauses.
    func worked(at now: Date = Date()) -> Double {
        Double(workedMilliseconds) / 1000 + (resumedAt.map { max(0, now.timeIntervalSince($0)) } ?? 0)
    }

    /// The stretch of work that is under way ends.
    mutating func pause(at end: Date) {
        guard let start = resumedAt else { return }
        resumedAt = nil
        workedMilliseconds += max(0, Int((end.timeIntervalSince(start) * 1000).rounded()))
    }

    var size: PixelSize { PixelSize(width: width, height: height) }

    var pixelFormat: PixelFormat {
        guard let depth = SampleDepth(rawValue: depth), let format = PixelFormat(channels: channels, depth: depth)
        else {
            preconditionFailure("the table's constraints allow no \(channels) channels of \(depth) bits")
        }
        return format
    }

    /// The passes that the job takes.
    /// - Throws: if the transforms were written by a release that knew other ones.
    func plan() throws(TransformError) -> PassPlan {
        try PassPlan(pipeline: Pipeline(parsing: transforms), size: size, format: pixelFormat, tileSize: tileSize)
    }
}
