import Foundation
import TileCore

/// A job in the API's form.
struct JobView: Encodable, Sendable {
    struct Size: Encodable {
        let width: Int
        let height: Int
    }

    struct Source: Encodable {
        let format: ImageFileFormat
        let bytes: Int
        let channels: Int
        let depth: Int
    }

    struct Result: Encodable {
        let bytes: Int
        let mediaType: String

        enum CodingKeys: String, CodingKey {
            case bytes
            case mediaType = "media_type"
        }
    }

    struct Progress: Encodable {
        let total: Int
        let completed: Int
        let failed: Int
    }

    let jobID: JobID
    /// The owner; `nil` on an open master.
    let owner: String?
    let filename: String
    let status: JobStatus
    /// Why the job waits, if it cannot go on.
    let message: String?
    let size: Size
    let source: Source
    let transforms: String
    let format: ImageFileFormat
    let quality: Int?
    /// Further options of the request.
    let options: JobOptions?
    let tileSize: Int
    let progress: Progress
    /// Tiles a second: the recent rate while the job runs, the overall rate afterwards.
    let rate: Double?
    /// Seconds until it is complete, at that rate.
    let etaSeconds: Double?
    let createdAt: Date
    let startedAt: Date?
    let finishedAt: Date?
    /// Seconds of work so far, without pauses.
    let workedSeconds: Double?
    /// The name of the batch that the job was sent with.
    let batch: String?
    let error: String?
    /// Sentences about what was converted, omitted or irregular.
    let notes: [String]
    let result: Result?
    let links: [String: String]

    enum CodingKeys: String, CodingKey {
        case owner, filename, status, message, size, source, transforms, format, quality, options, progress, rate,
            error,
            notes, result
        case links, batch
        case workedSeconds = "worked_s"
        case jobID = "job_id"
        case tileSize = "tile_size"
        case etaSeconds = "eta_s"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    /// - Parameters:
    ///   - recent: the recent tiles a second; `nil` if the job does not run.
    ///   - obstacle: why the job cannot go on now; `nil` if it can.
    init(
        _ job: JobRecord, rate recent: Double?, workersOnline: Int, obstacle: String? = nil
    ) {
        jobID = job.jobID
        owner = job.owner
        filename = job.filename
        status = job.status
        message =
            job.status.isFinal
            ? nil
            : obstacle ?? (workersOnline == 0 ? "no worker is online; start one with 'worker-main worker-1'" : nil)
        size = Size(width: job.width, height: job.height)
        source = Source(format: job.sourceFormat, bytes: job.sourceBytes, channels: job.channels, depth: job.depth)
        transforms = job.transforms
        format = job.format
        quality = job.quality
        options = job.options == JobOptions() ? nil : job.options
        tileSize = job.tileSize
        progress = Progress(total: job.tileCount, completed: job.tilesCompleted, failed: job.tilesFailed)
        let rate = job.status.isFinal ? Self.overallRate(job) : job.status == .processing ? recent : nil
        self.rate = rate.map { ($0 * 100).rounded() / 100 }
        etaSeconds =
            job.status == .processing
            ? rate.map { (Double(job.tileCount - job.tilesCompleted) / $0 * 10).rounded() / 10 } : nil
        createdAt = job.createdAt
        startedAt = job.startedAt
        finishedAt = job.finishedAt
        workedSeconds = job.startedAt.map { _ in (job.worked() * 1000).rounded() / 1000 }
        batch = job.batch
        error = job.error
        notes = job.notes
        result = job.outputBytes.map { Result(bytes: $0, mediaType: job.format.mediaType) }
        links = Self.links(job)
    }

    private static func overallRate(_ job: JobRecord) -> Double? {
        guard job.workedMilliseconds > 0, job.tilesCompleted > 0 else { return nil }
        return Double(job.tilesCompleted) / job.worked()
    }

    private static func links(_ job: JobRecord) -> [String: String] {
        let base = "/api/v1/jobs/\(job.jobID)"
        var links = [
            "self": base, "tiles": "\(base)/tiles", "timeline": "\(base)/timeline", "preview": "\(base)/preview",
            "source": "\(base)/source",
        ]
        switch job.status {
        case .pending, .processing: links["cancel"] = "\(base)/cancel"
        case .failed, .cancelled: links["retry"] = "\(base)/retry"
        case .completed: links["result"] = "\(base)/result"
        }
        return links
    }
}

struct JobList: Encodable, Sendable {
    let jobs: [JobView]
    /// The cursor of the next page; absent on the last one.
    let nextCursor: String?

    enum CodingKeys: String, CodingKey {
        case jobs
        case nextCursor = "next_cursor"
    }
}
