import TileCore

/// The fleet as the dispatcher sees it.
struct FleetView: Sendable, Equatable {
    /// Workers online.
    let online: Int
    /// The sum of their slots: tiles that they work on at once.
    let slots: Int
    /// The owner of each partition of `tasks`, as far as heartbeats name it.
    let owners: [Int: PartitionWindow.Owner]
    /// The names of the steps that each online worker knows, by its id.
    var steps: [String: Set<String>] = [:]
    /// The partitions whose owners can open this master's canvases.
    var borrowers: Set<Int> = []
}

/// A lost worker: its heartbeats have stopped, or another instance has replaced it.
struct LostWorker: Sendable, Equatable {
    let id: String
    /// Its partitions by its last heartbeat.
    let partitions: Set<Int>
    /// When its last heartbeat came.
    let heard: ContinuousClock.Instant
    /// The attempt that it worked on, if it worked on nothing else.
    let alone: TileAttempt?
}
