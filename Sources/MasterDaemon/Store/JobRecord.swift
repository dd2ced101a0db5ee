import Foundation
import GRDB
import TileCore

/// A row of `jobs`.
struct JobRecord: Codable, Sendable, FetchableRecord, PersistableRecord, Equatable {
    static let databaseTableName = "jobs"

    /// Rounds to milliseconds, so that reading a row and writing it again keeps its times.
    static func databaseDateEncodingStrategy(for column: String) -> DatabaseDateEncodingStrategy {
        .custom { $0.nearestMillisecond }
    }

    var jobID: JobID
    /// The owner: the name of a key, or the subject of an issuer's token; `nil` if the request was anonymous.
    var owner: String?
    var filename: String
    var status: JobStatus
    var createdAt: Date
    var startedAt: Date?
    var finishedAt: Date?
    /// The working time in milliseconds, without the current period of work.
    var workedMilliseconds = 0
    /// The start of the current period of work; `nil` if the job is not being worked on.
    var resumedAt: Date?
    /// When the job's last tile was completed.
    var activeAt: Date?
    /// The name that the jobs of one batch share.
    var batch: String?
    /// The path of the output, relative to the data directory; `nil` until the job is completed.
    var outputPath: String?
    var outputBytes: Int?
    /// Why the job failed, in words for the user.
    var error: String?
    /// What was converted, left out or irregular: sentences for the user.
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

    /// The number of the job's last run, from 1; 0 before the first. Older runs cannot change the row.
    var generation = 0
    /// The current or next pass, from 0.
    var pass: Int
    /// The number of tiles of all passes.
    var tileCount: Int
    /// The completed tiles of all passes; a trigger of the database keeps it up to date.
    var tilesCompleted = 0
    var tilesFailed = 0
    /// The era in which the canvases were written: the machine's boot and the plan of passes. Canvases of another era are
    /// not used; `nil` if there are none to use.
    var bootID: String?
    var idempotencyKey: String?
    /// A text of the request's fields, to tell a repeated request from another one under the same idempotency key.
    var fingerprint: String
    /// The id of the request that created the job; `nil` for jobs of earlier releases.
    var requestID: String?
    /// The `traceparent` of the span that created the job; `nil` if the trace is not recorded.
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

    /// The job's last run.
    var run: JobMachine.Run { JobMachine.Run(job: jobID, generation: generation) }

    /// The working time so far in seconds, without pauses.
    func worked(at now: Date = Date()) -> Double {
        Double(workedMilliseconds) / 1000 + (resumedAt.map { max(0, now.timeIntervalSince($0)) } ?? 0)
    }

    /// Ends the current period of work.
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

    /// The job's passes.
    /// - Throws: if this release does not know one of the transforms.
    func plan() throws(TransformError) -> PassPlan {
        try PassPlan(pipeline: Pipeline(parsing: transforms), size: size, format: pixelFormat, tileSize: tileSize)
    }
}
