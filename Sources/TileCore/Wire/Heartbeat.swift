internal import Foundation

/// A worker's report about itself, sent every two seconds: the JSON payload of a record with the worker's id as its
/// key.
public struct Heartbeat: Sendable, Hashable, Codable {
    public enum State: String, Sendable, Hashable, Codable {
        case online
        /// The worker is shutting down. This is its last heartbeat.
        case leaving
    }

    public let v: Int
    public let worker: String
    /// Different for each start of a worker, so that the master can detect two workers with one id.
    public let instance: String
    public let host: String
    public let pid: Int
    public let state: State
    /// The number of tiles that the worker processes at once.
    public let slots: Int
    /// Tiles done since the worker's start.
    public let tilesDone: Int
    /// Seconds since the worker's start.
    public let uptime: Double
    /// The worker's current partitions of `tasks`.
    public let partitions: [Int]
    /// How often the group assigned partitions since the start; `nil` if the worker does not count it.
    public let rebalances: Int?
    /// How often a broker answered again after none had answered, since the start; `nil` if the worker does not count
    /// it.
    public let reconnects: Int?
    /// Records moved to the dead letters since the start; `nil` if the worker does not count them.
    public let deadLetters: Int?
    /// The tile that the worker runs alone. If the worker crashes now, this tile is the cause.
    public let alone: TileAttempt?
    /// The id of the folder of canvases that the worker can open (`CanvasFolder`); `nil` if it needs the pixels in the
    /// records.
    public let lender: String?
    /// The names of the steps that the worker knows; `nil` if it does not tell them.
    public let steps: [String]?

    enum CodingKeys: String, CodingKey {
        case v, worker, instance, host, pid, state, slots, uptime, partitions, rebalances, reconnects, alone, lender,
            steps
        case tilesDone = "tiles_done"
        case deadLetters = "dead_letters"
    }

    /// Seconds between two heartbeats.
    public static let interval = 2.0
    /// Seconds without a heartbeat after which a worker counts as offline: three were missed.
    public static let patience = 7.0

    public init(
        worker: String, instance: String, host: String, pid: Int, state: State, slots: Int, tilesDone: Int,
        uptime: Double, partitions: [Int], rebalances: Int? = nil, reconnects: Int? = nil,
        deadLetters: Int? = nil, alone: TileAttempt? = nil, lender: String? = nil, steps: [String]? = nil
    ) {
        v = WireHeader.version
        self.worker = worker
        self.instance = instance
        self.host = host
        self.pid = pid
        self.state = state
        self.slots = slots
        self.tilesDone = tilesDone
        self.uptime = uptime
        self.partitions = partitions
        self.rebalances = rebalances
        self.reconnects = reconnects
        self.deadLetters = deadLetters
        self.alone = alone
        self.lender = lender
        self.steps = steps
    }

    /// The names of the steps that the worker knows. A worker that does not tell them is of an early release, and knows
    /// the original ones.
    public var knownSteps: Set<String> { steps.map(Set.init) ?? TransformCatalogue.original }

    public var payload: [UInt8] { WireHeader.encode(self) }

    /// Reads and checks a payload.
    public init(payload: [UInt8]) throws(WireError) {
        self = try WireHeader.decode(Heartbeat.self, from: payload)
        guard WorkerID.isValid(worker) else { throw WireError(.badValue, "worker is no worker id; \(WorkerID.rule)") }
        guard (1...4096).contains(slots), tilesDone >= 0, uptime.isFinite, uptime >= 0, pid >= 0,
            instance.utf8.count <= 100, host.utf8.count <= 255, lender?.utf8.count ?? 0 <= 100,
            partitions.count <= 100_000, steps?.count ?? 0 <= 256, steps?.allSatisfy({ $0.utf8.count <= 40 }) ?? true,
            partitions.allSatisfy({ (0...Int(Int32.max)).contains($0) }),
            [rebalances, reconnects, deadLetters].allSatisfy({ (0...Int(Int32.max)).contains($0 ?? 0) })
        else { throw WireError(.badValue, "a number or a name in the heartbeat is out of range") }
        if let alone {
            _ = try TileTask.index(alone.pass, "pass")
            _ = try TileTask.index(alone.index, "tile")
            _ = try TileTask.attempt(alone.attempt)
        }
    }
}
