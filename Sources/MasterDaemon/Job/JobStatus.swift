/// Where a job is in its life.
///
///     pending ──▶ processing ──▶ completed
///        │             ├───────▶ failed ─────┐
///        └─────────────┴───────▶ cancelled ──┴─▶ pending (retry)
enum JobStatus: String, Codable, Sendable, CaseIterable {
    /// Accepted, its source is on disk. The `JobMachine` moves it on as soon as there is a place for it.
    case pending
    /// Being decoded, tiled or encoded. The `JobMachine` moves it on; after a restart it goes on from the missing tiles.
    case processing
    /// The output is on disk. Nobody moves it on.
    case completed
    /// It cannot be finished; `error` says why. A user may move it back to pending.
    case failed
    /// A user has stopped it. A user may move it back to pending.
    case cancelled

    static let unfinished: Set<JobStatus> = [.pending, .processing]
    static let finished: Set<JobStatus> = [.completed, .failed, .cancelled]

    var isFinal: Bool { Self.finished.contains(self) }
}

/// Where a tile is in its life.
enum TileStatus: String, Codable, Sendable, CaseIterable {
    /// Not sent, or to be resent. The dispatcher moves it on.
    case pending
    /// On its way to a worker and back. A result moves it on, or the end of the dispatcher's patience moves it back.
    case processing
    /// Its pixels are in the canvas.
    case completed
    /// Given up after the last attempt; its job failed with it. A retry moves it back to pending.
    case failed
}
