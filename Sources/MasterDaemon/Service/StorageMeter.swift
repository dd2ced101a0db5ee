import Foundation
import TileCore

/// Measures the disk space of jobs' files. A job that has been finished for a while is not measured again, so that ten
/// thousand jobs cost little.
struct StorageMeter: Sendable {
    /// How long a finished job is still measured. Its canvases are removed, and its run ends, some time after its row is
    /// final.
    static let settling = Duration.seconds(60)

    private struct Known: Sendable {
        let finishedAt: Date
        /// When the meter first saw the job as finished.
        let seen: ContinuousClock.Instant
        var bytes: Int?
    }

    private var known: [JobID: Known] = [:]

    /// Returns the jobs with their sizes on the disk.
    /// - Parameters:
    ///   - jobs: all jobs.
    ///   - measure: measures a job's files on the disk, in bytes.
    mutating func measured(
        _ jobs: [RetentionPolicy.StoredJob], now: ContinuousClock.Instant,
        by measure: (RetentionPolicy.StoredJob) -> Int
    ) -> [RetentionPolicy.StoredJob] {
        var next: [JobID: Known] = [:]
        next.reserveCapacity(jobs.count)
        let measured = jobs.map { job in
            var job = job
            // A job that was retried has other files when it ends again.
            var entry = known[job.id].flatMap { $0.finishedAt == job.finishedAt ? $0 : nil }
            job.bytes = entry?.bytes ?? measure(job)
            if entry == nil, let finishedAt = job.finishedAt { entry = Known(finishedAt: finishedAt, seen: now) }
            if let seen = entry?.seen, now - seen >= Self.settling { entry?.bytes = job.bytes }
            next[job.id] = entry
            return job
        }
        known = next
        return measured
    }
}
