import Foundation
import TileCore

/// Those who transform tiles, for people to look at and to send home.
protocol Fleet: Sendable {
    /// Everyone heard of and not forgotten, by id.
    var workers: [WorkerState] { get }
    var onlineCount: Int { get }
    var counts: TransportCounts { get }
    /// Whether some worker could take tiles since the start.
    var takesTiles: Bool { get }

    /// Returns once `takesTiles`, or the task is cancelled.
    func untilWorkersTakeTiles() async

    /// Tells a worker to finish what it has in hand and to end; again, if it was told before.
    /// - Returns: whether it is online.
    func drain(_ id: String) -> Bool

    /// Takes an offline worker off the list. One that comes back is on it again.
    /// - Returns: `false` if it is online.
    func forget(_ id: String) async throws -> Bool
}

/// Whether tiles can travel.
protocol TransportHealth: Sendable {
    /// What is wrong with the way to the workers, in words for a job's message; `nil` while all is well.
    var problem: String? { get }

    /// Why no job can be done at the moment; `nil` if one can.
    func reasonNotReady() async -> String?
}

/// A worker as it told of itself last.
struct WorkerState: Sendable {
    let heartbeat: Heartbeat
    /// When that was.
    let date: Date
    let isOnline: Bool
    /// It was told to finish what it has in hand and to end.
    let isDraining: Bool
    /// Tiles a second.
    let rate: Double
    /// The same over the last heartbeats, the newest last.
    let rates: [Double]
}

/// What happened on the way to the workers since the master's start.
struct TransportCounts: Sendable, Equatable {
    var rebalances = 0
    var reconnects = 0
    /// Records that could not be read and were put aside.
    var deadLetters = 0
    /// Those that could not even be put aside.
    var deadLettersLost = 0
}
