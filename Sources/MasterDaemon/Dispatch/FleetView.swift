import TileCore

/// The fleet as the dispatcher sees it.
struct FleetView: Sendable, Equatable {
    /// Workers online.
    let online: Int
    /// Tiles that they work on at once, all together.
    let slots: Int
    /// The owner of each partition of `tasks` that a worker claims.
    let owners: [Int: PartitionWindow.Owner]
    /// The names of the steps that each worker online can do, by its id.
    var steps: [String: Set<String>] = [:]
}

/// A worker that was lost, without having left: no heartbeat came for too long, or another instance took its place.
struct LostWorker: Sendable, Equatable {
    let id: String
    /// Those that it had, by its last heartbeat.
    let partitions: Set<Int>
    /// When that heartbeat came.
    let heard: ContinuousClock.Instant
    /// What it said it worked on while it worked on nothing else.
    let alone: TileAttempt?
}
