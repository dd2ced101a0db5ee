/// The state of a job.
///
///     pending ──▶ processing ──▶ completed
///        │             ├───────▶ failed ─────┐
///        └─────────────┴───────▶ cancelled ──┴─▶ pending (retry)
enum JobStatus: String, Codable, Sendable, CaseIterable {
    /// Accepted. Its source is on the disk. The `JobMachine` moves it on as soon as there is a free place.
    case pending
    /// Being decoded, tiled or encoded. The `JobMachine` moves it on. After a restart it resumes with the missing tiles.
    case processing
    /// The output is on the disk. This state is final.
    case completed
    /// The job cannot be finished. `error` has the reason. A user may move it back to pending.
    case failed
    /// A user has stopped the job. A user may move it back to pending.
    case cancelled

    static let unfinished: Set<JobStatus> = [.pending, .processing]
    static let finished: Set<JobStatus> = [.completed, .failed, .cancelled]

    var isFinal: Bool { Self.finished.contains(self) }
}

/// The state of a tile.
enum TileStatus: String, Codable, Sendable, CaseIterable {
    /// Not sent, or to be resent. The dispatcher moves it on.
    case pending
    /// In flight. A result moves it on. The dispatcher moves it back if no result comes in time.
    case processing
    /// Its pixels are in the canvas.
    case completed
    /// Failed permanently, and its job with it. A retry moves it back to pending.
    case failed
}
