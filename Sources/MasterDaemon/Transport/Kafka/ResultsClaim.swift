import TileCore

/// Which of several masters has a topic of results, as one of them sees it by the claims on `heartbeats`. Does no I/O.
///
/// All masters see the claims in one order, that of the partition. A claim's rank is the offset of its first echoed
/// record. The live claim with the lowest rank owns the topic. So two masters never end each other, and a master that
/// was paused for a while still owns its topic.
struct ResultsClaim: Sendable {
    enum Step: Sendable, Equatable {
        case rest
        /// Tell the own claim: another master does not know of it, or has to show that it lives.
        case tell
        /// The topic belongs to another master.
        case end(holder: MasterClaim)
    }

    private let master: MasterClaim
    private var standing: Int64?
    private var lastOwn: Int64 = -1
    /// Where others were first heard that say that they stand before this one, by instance.
    private var doubts: [String: Int64] = [:]

    /// - Parameter master: who claims which topic.
    init(_ master: MasterClaim) { self.master = master }

    /// A record of its own came back: whatever others answer to the next one is heard.
    var isStanding: Bool { standing != nil }

    /// What to tell the others now.
    var record: MasterClaim {
        var record = master
        record.claim = standing
        return record
    }

    /// Takes the records of `heartbeats` in their order, its own among them.
    mutating func hear(_ other: MasterClaim, at offset: Int64) -> Step {
        guard other.results == master.results else { return .rest }
        guard other.instance != master.instance else {
            standing = min(standing ?? offset, offset)
            lastOwn = offset
            return .rest
        }
        // What was written before this claim is no sign that its master still lives.
        guard let standing, offset > standing else { return .rest }
        guard (other.claim ?? offset, other.instance) < (standing, master.instance) else { return .tell }
        // Nor is a single record behind it: it may have been on its way when its master died. A master that lives answers again.
        guard let doubt = doubts[other.instance] else {
            doubts[other.instance] = offset
            return .tell
        }
        return doubt < lastOwn ? .end(holder: other) : .tell
    }
}
