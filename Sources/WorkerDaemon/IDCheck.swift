import TileCore

/// Decides from the heartbeats under this worker's id whether another worker has it. Does no I/O.
///
/// This worker's own first heartbeat divides the topic. Another worker with heartbeats both before and after it is
/// older and alive, so it owns the id. A worker with heartbeats only after it is younger, and has to end.
struct IDCheck: Sendable {
    enum Verdict: Sendable, Equatable {
        case free
        /// Another worker, on `host`, owns the id.
        case taken(host: String)
    }

    /// Milliseconds without a heartbeat after which a worker counts as dead. If clocks of two hosts differ, a live
    /// owner may be overlooked; then the master refuses the later worker.
    private static let lifetime: Int64 = 10_000

    private let instance: String
    private let isDead: @Sendable (Heartbeat) -> Bool
    /// Other workers under the id with heartbeats before the own one, by instance. Each has its last such heartbeat,
    /// with the time in milliseconds.
    private var predecessors: [String: (heartbeat: Heartbeat, time: Int64)] = [:]
    /// Whether the own heartbeat was echoed. Before that, a lack of other workers' heartbeats proves nothing.
    private(set) var hasOwn = false
    private(set) var verdict: Verdict?

    /// - Parameter isDead: whether the process that sent a heartbeat is known to have ended.
    init(instance: String, isDead: @escaping @Sendable (Heartbeat) -> Bool) {
        self.instance = instance
        self.isDead = isDead
    }

    /// - Parameters:
    ///   - heartbeat: the next heartbeat under the id.
    ///   - time: the time of its record in milliseconds.
    mutating func hear(_ heartbeat: Heartbeat, at time: Int64) {
        guard verdict == nil else { return }
        if heartbeat.instance == instance {
            hasOwn = true
            predecessors = predecessors.filter { time - $1.time < Self.lifetime && !isDead($1.heartbeat) }
        } else if heartbeat.state == .leaving {
            predecessors[heartbeat.instance] = nil
        } else if !hasOwn {
            predecessors[heartbeat.instance] = (heartbeat, time)
        } else if let predecessor = predecessors[heartbeat.instance] {
            verdict = .taken(host: predecessor.heartbeat.host)
        }
        if hasOwn, verdict == nil, predecessors.isEmpty { verdict = .free }
    }

    /// Ends the wait for other workers' heartbeats. The id is then free, if the own heartbeat was echoed. Otherwise the
    /// brokers are slow, and other heartbeats may still come.
    mutating func timeOut() { if hasOwn { verdict = verdict ?? .free } }
}
