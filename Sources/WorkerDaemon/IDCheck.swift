import TileCore

/// Whether another worker has this one's id, as far as the heartbeats under the id tell. Does no I/O.
///
/// This worker's own first heartbeat divides the topic. A worker that is heard on both sides of it was there before and
/// is alive. One that is heard on the far side only came later, and is the one that has to go.
struct IDCheck: Sendable {
    enum Verdict: Sendable, Equatable {
        case free
        /// By a worker on this host.
        case taken(host: String)
    }

    /// Milliseconds without a heartbeat after which a worker is taken for dead. The clocks of two hosts may differ; an
    /// owner that is overlooked for that is protected by the master.
    private static let lifetime: Int64 = 10_000

    private let instance: String
    private let isDead: @Sendable (Heartbeat) -> Bool
    /// Others under the id that have not left, with the time of their last heartbeat in milliseconds.
    private var elders: [String: (heartbeat: Heartbeat, time: Int64)] = [:]
    /// Whether the own heartbeat has come back: only from then on does silence of others say anything.
    private(set) var hasOwn = false
    private(set) var verdict: Verdict?

    /// - Parameter isDead: whether the process of a heartbeat is known to have ended.
    init(instance: String, isDead: @escaping @Sendable (Heartbeat) -> Bool) {
        self.instance = instance
        self.isDead = isDead
    }

    /// - Parameters:
    ///   - heartbeat: the next one under the id.
    ///   - time: its record's, in milliseconds.
    mutating func hear(_ heartbeat: Heartbeat, at time: Int64) {
        guard verdict == nil else { return }
        if heartbeat.instance == instance {
            hasOwn = true
            elders = elders.filter { time - $1.time < Self.lifetime && !isDead($1.heartbeat) }
        } else if heartbeat.state == .leaving {
            elders[heartbeat.instance] = nil
        } else if !hasOwn {
            elders[heartbeat.instance] = (heartbeat, time)
        } else if let elder = elders[heartbeat.instance] {
            verdict = .taken(host: elder.heartbeat.host)
        }
        if hasOwn, verdict == nil, elders.isEmpty { verdict = .free }
    }

    /// For so long no other was heard since the own heartbeat came back. Without that, all are unheard, since the brokers
    /// are slow.
    mutating func endOfPatience() { if hasOwn { verdict = verdict ?? .free } }
}
