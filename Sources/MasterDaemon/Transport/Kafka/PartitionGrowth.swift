/// Decides how many partitions the topics of tiles need, and when to ask the cluster for more. Does no I/O:
/// `PartitionGrower` executes the steps.
///
/// A group assigns each partition to one worker, so a worker without a partition has nothing to do. The goal is one
/// partition for each slot, so that each worker's share fits its slots. The number is rounded up to a power of two, so that
/// not every new worker causes a growth and a rebalance. Topics never lose partitions.
struct PartitionGrowth: Sendable {
    static let minimum = 2
    static let defaultMaximum = 128
    static let maxima = 2...10_000

    /// The interval between two requests for the numbers of partitions, because others may add some.
    static let inspectionInterval = Duration.seconds(10)
    /// The pause after a failed request.
    static let retryPause = Duration.seconds(5)
    /// The pause after a refusal, unless another number is wanted meanwhile.
    static let refusalTime = Duration.seconds(300)
    /// How long new partitions stay unused while no worker reports that it has one of them.
    static let ownerPatience = Duration.seconds(15)

    enum Step: Sendable, Equatable {
        case rest
        /// Ask for the numbers of partitions.
        case inspect
        /// Let both topics grow to this number, the topic of results first.
        case grow(to: Int)
    }

    private struct Hold {
        /// The number that may not be asked for; `nil` for any number.
        let target: Int?
        let end: ContinuousClock.Instant
    }

    let maximum: Int
    /// The topics' partitions at the last request.
    private(set) var partitions: TilePartitions
    /// The number of partitions to which tiles are sent.
    private var used: Int
    private var grown: ContinuousClock.Instant
    private var nextInspection: ContinuousClock.Instant
    private var hold: Hold?

    init(maximum: Int, partitions: TilePartitions, at now: ContinuousClock.Instant) {
        self.maximum = maximum
        self.partitions = partitions
        used = partitions.usable
        grown = now
        nextInspection = now + Self.inspectionInterval
    }

    /// The number of partitions to which tiles can be sent.
    var usable: Int { partitions.usable }

    /// The number of partitions that a fleet with this many slots needs.
    func wanted(slots: Int) -> Int {
        min(maximum, max(Self.minimum, Self.powerOfTwo(atLeast: min(slots, maximum))))
    }

    /// Whether there are more workers than partitions, and no more partitions are allowed.
    func isShort(workers: Int) -> Bool { workers > max(maximum, partitions.tasks) }

    func step(slots: Int, at now: ContinuousClock.Instant) -> Step {
        // If others gave `tasks` more partitions than this fleet needs, the topic of results follows.
        let target = max(wanted(slots: slots), partitions.tasks)
        if usable < target, mayGrow(to: target, at: now) { return .grow(to: target) }
        return now < nextInspection ? .rest : .inspect
    }

    /// The cluster has told its numbers of partitions. A lower number than before comes from a broker that does not know
    /// the new partitions yet, and is ignored.
    mutating func saw(_ seen: TilePartitions, at now: ContinuousClock.Instant) {
        let before = usable
        partitions = TilePartitions(
            tasks: max(partitions.tasks, seen.tasks), results: max(partitions.results, seen.results))
        if usable > before { grown = now }
        nextInspection = now + Self.inspectionInterval
    }

    /// Starts to use new partitions once a worker has one of them, because tiles would wait there before the group's
    /// rebalance. After `ownerPatience` it uses them anyway, because there may be workers without heartbeats.
    /// - Parameter owned: the highest partition number that a worker has, plus one.
    /// - Returns: the new number of partitions in use; `nil` if it has not changed.
    mutating func open(owned: Int, at now: ContinuousClock.Instant) -> Int? {
        guard usable > used, owned > used || now - grown >= Self.ownerPatience else { return nil }
        used = usable
        return used
    }

    /// The cluster has denied a growth.
    mutating func wasRefused(_ target: Int, at now: ContinuousClock.Instant) {
        hold = Hold(target: target, end: now + Self.refusalTime)
        nextInspection = now + Self.inspectionInterval
    }

    /// A request has failed.
    mutating func failed(at now: ContinuousClock.Instant) {
        hold = Hold(target: nil, end: now + Self.retryPause)
        nextInspection = now + Self.retryPause
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
