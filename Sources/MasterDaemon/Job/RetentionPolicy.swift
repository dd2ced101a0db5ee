import Foundation
import TileCore

/// Which finished jobs go, so that a data directory does not grow for ever.
struct RetentionPolicy: Sendable, Equatable {
    /// What is stored of a job, and since when it is finished; `nil` while it is not.
    struct StoredJob: Sendable, Equatable {
        let id: JobID
        let finishedAt: Date?
        /// Of its output.
        let format: ImageFileFormat
        /// What its files take on the disk; 0 until they are measured.
        var bytes = 0
    }

    /// How long a finished job is kept; `nil` for ever.
    var keep: Duration?
    /// What the files of all jobs may take on the disk; beyond it the finished jobs go that ended first. `nil` is no
    /// limit.
    var maximumBytes: Int?

    var isOff: Bool { keep == nil && maximumBytes == nil }

    /// The jobs to remove, those that ended first before the others. Unfinished ones count and stay.
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
