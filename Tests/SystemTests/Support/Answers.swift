import Foundation

/// A job as the API shows it.
struct JobAnswer: Decodable, Sendable {
    struct Size: Decodable, Sendable, Equatable {
        let width: Int
        let height: Int
    }

    struct Source: Decodable, Sendable, Equatable {
        let format: String
        let bytes: Int
        let channels: Int
        let depth: Int
    }

    struct Progress: Decodable, Sendable, Equatable {
        let total: Int
        let completed: Int
        let failed: Int
    }

    struct Result: Decodable, Sendable {
        let bytes: Int
        let mediaType: String
    }

    let jobId: String
    let filename: String
    let status: String
    let message: String?
    let size: Size
    let source: Source
    let transforms: String
    let format: String
    let quality: Int?
    let tileSize: Int
    let progress: Progress
    let rate: Double?
    let createdAt: String
    let startedAt: String?
    let finishedAt: String?
    let error: String?
    let notes: [String]
    let result: Result?
    let links: [String: String]

    var path: String { "/api/v1/jobs/\(jobId)" }
    var isFinal: Bool { ["completed", "failed", "cancelled"].contains(status) }
    /// The time of the end as text, or `~` if the job has not ended. The texts compare as the times do, because all
    /// have the same form.
    var end: String { finishedAt ?? "~" }
    /// From its start to its end, once it has ended.
    var processingSeconds: Double? { startedAt.flatMap(secondsToEnd) }
    /// From its acceptance to its end, once it has ended.
    var totalSeconds: Double? { secondsToEnd(from: createdAt) }

    private func secondsToEnd(from start: String) -> Double? {
        guard let start = Self.date(start), let end = finishedAt.flatMap(Self.date) else { return nil }
        return end.timeIntervalSince(start)
    }

    private static func date(_ text: String) -> Date? {
        try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt))
    }
}

struct JobListAnswer: Decodable, Sendable {
    let jobs: [JobAnswer]
    let nextCursor: String?
}

struct TilesAnswer: Decodable, Sendable {
    let jobId: String
    let columns: Int
    let rows: Int
    let tileSize: Int
    let pass: Int
    let passes: Int
    let states: String
    let workers: [String]
    let worker: [Int]
    let milliseconds: [Double?]
}

struct WorkersAnswer: Decodable, Sendable {
    struct Worker: Decodable, Sendable {
        let workerId: String
        let host: String
        let pid: Int32
        let status: String
        let slots: Int
        let tilesDone: Int
        let partitions: [Int]
    }

    let workers: [Worker]

    /// The worker with this id, if it is online.
    func online(_ id: String) -> Worker? { workers.first { $0.workerId == id && $0.status == "online" } }
}

struct StatisticsAnswer: Decodable, Sendable {
    struct Tiles: Decodable, Sendable {
        let sent: Int
        let completed: Int
        let reissued: Int
        let retried: Int
        let backups: Int
        let sendFailures: Int
        let givenUp: Int
    }

    struct Queue: Decodable, Sendable {
        let activeJobs: Int
        let waitingTiles: Int
        let tilesInFlight: Int
        let windowTiles: Int
    }

    struct Workers: Decodable, Sendable {
        let online: Int
        let slots: Int
        let lost: Int
    }

    struct Kafka: Decodable, Sendable {
        let partitions: Int
        let rebalances: Int
        let reconnects: Int
    }

    let jobs: [String: Int]
    let tiles: Tiles
    let queue: Queue
    let workers: Workers
    let kafka: Kafka
    /// By reason, for example `duplicate`.
    let droppedResults: [String: Int]
    let deadLetters: Int
    let stages: [String: Stage]

    /// The work of a stage for all images.
    struct Stage: Decodable, Sendable {
        let count: Int
    }

    /// Dropped results of tiles that were done already, or of jobs that had ended.
    var late: Int { droppedResults["duplicate", default: 0] + droppedResults["unknown_job", default: 0] }
}
