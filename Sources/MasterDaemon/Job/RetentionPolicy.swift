import Foundation
import TileCore

/// Decides which finished jobs are removed, so that the data directory does not grow forever.
struct RetentionPolicy: Sendable, Equatable {
    /// A job in the data directory.
    struct StoredJob: Sendable, Equatable {
        let id: JobID
        /// `nil` while the job is unfinished.
        let finishedAt: Date?
        /// The format of its output.
        let format: ImageFileFormat
        /// The size of its files on the disk; 0 until it is measured.
        var bytes = 0
    }

    /// How long a finished job is kept; `nil` for no limit.
    var keep: Duration?
    /// The maximum size of all jobs' files on the disk. Beyond it, the finished jobs that ended first are removed. `nil`
    /// is no limit.
    var maximumBytes: Int?

    var isOff: Bool { keep == nil && maximumBytes == nil }

    /// The jobs to remove, in the order in which they ended. Unfinished jobs count towards the size, but are kept.
    func expired(of jobs: [StoredJob], now: Date) -> [JobID] {
        let finished = jobs.filter { $0.finishedAt != nil }
            .sorted { ($0.finishedAt ?? now, $0.id.rawValue) < ($1.finishedAt ?? now, $1.id.rawValue) }
        var total = jobs.reduce(0) { $0 + $1.bytes }
        return finished.compactMap { job in
            let isOld = keep.map { now.timeIntervalSince(job.finishedAt ?? now) > $0 / .seconds(1) } ?? false
            let isTooMuch = maximumBytes.map { total > $0 } ?? false
            guard isOld || isTooMuch else { return nil }
            total -= job.bytes
            return job.id
        }
    }
}
