import TileCore

/// Decides from the claims on `heartbeats` which of several masters owns a topic of results. Does no I/O.
///
/// All masters read the claims in the same order, that of the partition. A claim's rank is the offset of its first echoed
/// record. The live claim with the lowest rank owns the topic. So two masters never end each other, and a master that
/// was paused for a while still owns its topic.
struct ResultsClaim: Sendable {
    enum Step: Sendable, Equatable {
        case rest
        /// Send the own claim, because another master does not know it, or has to answer it to prove that it is alive.
        case send
        /// The topic belongs to another master.
        case end(holder: MasterClaim)
    }

    private let master: MasterClaim
    private var rank: Int64?
    private var lastOwn: Int64 = -1
    /// Masters with a lower rank, by instance, with the offset of their first record after this claim.
    private var doubts: [String: Int64] = [:]

    /// - Parameter master: who claims which topic.
    init(_ master: MasterClaim) { self.master = master }

    /// Whether a record of this claim was echoed. Then the answers to its next record cannot be missed.
    var hasRank: Bool { rank != nil }

    /// The record to send to the others.
    var record: MasterClaim {
        var record = master
        record.claim = rank
        return record
    }

    /// Takes all claims of `heartbeats` in their order, including its own.
    mutating func hear(_ other: MasterClaim, at offset: Int64) -> Step {
        guard other.results == master.results else { return .rest }
        guard other.instance != master.instance else {
            rank = min(rank ?? offset, offset)
            lastOwn = offset
            return .rest
        }
        // A record from before this claim does not prove that its master is alive.
        guard let rank, offset > rank else { return .rest }
        guard (other.claim ?? offset, other.instance) < (rank, master.instance) else { return .send }
        // A single record from after this claim does not prove it either, because it may have been in flight when its
        // master died. Only an answer to this master's next record does.
        guard let doubt = doubts[other.instance] else {
            doubts[other.instance] = offset
            return .send
        }
        return doubt < lastOwn ? .end(holder: other) : .send
    }
}
