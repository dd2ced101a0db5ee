import Foundation
import TileCore

/// The workers of the cluster, for views and for administration.
protocol Fleet: Sendable {
    /// All known workers, sorted by id.
    var workers: [WorkerState] { get }
    var onlineCount: Int { get }
    var counts: TransportCounts { get }
    /// Whether a worker has been able to take tiles since the start.
    var takesTiles: Bool { get }

    /// Returns once `takesTiles`, or the task is cancelled.
    func untilWorkersTakeTiles() async

    /// Tells a worker to finish its tiles and to end. Can be repeated.
    /// - Returns: whether the worker is online.
    func drain(_ id: String) -> Bool

    /// Removes an offline worker from the list. A worker that comes back is added again.
    /// - Returns: `false` if the worker is online.
    func forget(_ id: String) async throws -> Bool
}

/// The health of the transport of tiles.
protocol TransportHealth: Sendable {
    /// Why the workers cannot be reached, for the message of a job; `nil` if they can.
    var problem: String? { get }

    /// Why no job can be done at the moment; `nil` if jobs can be done.
    func reasonNotReady() async -> String?
}

/// A worker's state by its last heartbeat.
struct WorkerState: Sendable {
    let heartbeat: Heartbeat
    /// When the heartbeat came.
    let date: Date
    let isOnline: Bool
    /// Whether it was told to finish its tiles and to end.
    let isDraining: Bool
    /// Tiles per second.
    let rate: Double
    /// The rates of the last heartbeats, the newest one last.
    let rates: [Double]
}

/// Events of the transport since the master's start.
struct TransportCounts: Sendable, Equatable {
    var rebalances = 0
    var reconnects = 0
    /// Records that were dead-lettered because they could not be read.
    var deadLetters = 0
    /// Records that could not be dead-lettered.
    var deadLettersLost = 0
}
