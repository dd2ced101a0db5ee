/// Decides how many partitions the topics of tiles have, and when to ask the cluster for more. Does no I/O: the
/// `PartitionGrower` does what it says.
///
/// In a group a partition has one reader, so a worker without one has nothing to do. As many as there are slots let the
/// group give each worker about what it can carry; powers of two, so that workers that come one by one do not make the
/// whole group share anew each time. Partitions cannot be taken away again.
struct PartitionGrowth: Sendable {
    static let minimum = 2
    static let defaultMaximum = 128
    static let maxima = 2...10_000

    /// Between two looks at what others have done to the topics.
    static let lookInterval = Duration.seconds(10)
    /// After something went wrong.
    static let retryPause = Duration.seconds(5)
    /// How long a refusal counts, unless something else is wanted meanwhile.
    static let refusalTime = Duration.seconds(300)
    /// How long new partitions wait for a worker that says it has one.
    static let ownerPatience = Duration.seconds(15)

    enum Step: Sendable, Equatable {
        case rest
        /// See how many partitions there are, and use them.
        case look
        /// Give both topics so many, the one of results first.
        case grow(to: Int)
    }

    private struct Hold {
        /// `nil` holds whatever is wanted.
        let target: Int?
        let end: ContinuousClock.Instant
    }

    let maximum: Int
    /// What the topics had when the cluster was asked last.
    private(set) var partitions: TilePartitions
    /// How many tiles go to.
    private var used: Int
    private var grown: ContinuousClock.Instant
    private var nextLook: ContinuousClock.Instant
    private var hold: Hold?

    init(maximum: Int, partitions: TilePartitions, at now: ContinuousClock.Instant) {
        self.maximum = maximum
        self.partitions = partitions
        used = partitions.usable
        grown = now
        nextLook = now + Self.lookInterval
    }

    /// How many tiles can go to.
    var usable: Int { partitions.usable }

    /// The partitions that a fleet has use for.
    func wanted(slots: Int) -> Int {
        min(maximum, max(Self.minimum, Self.powerOfTwo(atLeast: min(slots, maximum))))
    }

    /// Whether workers wait because no more partitions are allowed.
    func isShort(workers: Int) -> Bool { workers > max(maximum, partitions.tasks) }

    func step(slots: Int, at now: ContinuousClock.Instant) -> Step {
        // Results follow if somebody else has given `tasks` more than this fleet needs.
        let target = max(wanted(slots: slots), partitions.tasks)
        if usable < target, mayGrow(to: target, at: now) { return .grow(to: target) }
        return now < nextLook ? .rest : .look
    }

    /// The cluster was asked. Not every broker knows of new partitions at once, so fewer than before mean nothing.
    mutating func saw(_ seen: TilePartitions, at now: ContinuousClock.Instant) {
        let before = usable
        partitions = TilePartitions(
            tasks: max(partitions.tasks, seen.tasks), results: max(partitions.results, seen.results))
        if usable > before { grown = now }
        nextLook = now + Self.lookInterval
    }

    /// How many partitions tiles go to from now on, if that changes: new ones count once a worker has one of them.
    /// Until the group has noticed, a tile would only lie there. Workers need not send heartbeats, so not for ever.
    /// - Parameter owned: one more than the highest partition that a worker has.
    mutating func open(owned: Int, at now: ContinuousClock.Instant) -> Int? {
        guard usable > used, owned > used || now - grown >= Self.ownerPatience else { return nil }
        used = usable
        return used
    }

    /// The cluster does not allow it.
    mutating func wasRefused(_ target: Int, at now: ContinuousClock.Instant) {
        hold = Hold(target: target, end: now + Self.refusalTime)
        nextLook = now + Self.lookInterval
    }

    /// It did not work this time.
    mutating func failed(at now: ContinuousClock.Instant) {
        hold = Hold(target: nil, end: now + Self.retryPause)
        nextLook = now + Self.retryPause
    }

    static func powerOfTwo(atLeast count: Int) -> Int {
        var power = 1
        while power < count { power *= 2 }
        return power
    }

    private func mayGrow(to target: Int, at now: ContinuousClock.Instant) -> Bool {
        guard let hold, now < hold.end else { return true }
        return hold.target != nil && hold.target != target
    }
}
