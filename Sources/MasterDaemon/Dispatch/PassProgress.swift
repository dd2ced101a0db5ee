import DequeModule
import TileCore

/// The tiles of one pass of one job: which wait, which are out, which are done.
struct PassProgress: Sendable {
    enum State: Sendable, Equatable {
        case waiting
        case out
        /// Its result was accepted; its pixels are being written.
        case accepted
        case done
    }

    /// One sending of a tile.
    struct Issue: Sendable, Equatable {
        let attempt: Int
        let partition: Int
        let bytes: Int
        var time: ContinuousClock.Instant
    }

    let geometry: PassGeometry
    private(set) var remaining: Int
    private var states: [Int: State]
    private var queue: Deque<Int>
    private var issues: [Int: [Issue]] = [:]
    private var attempts: [Int: Int] = [:]
    private var roundTrips = RoundTrips()

    /// - Parameter missing: the tiles to do; all others are done already.
    init(geometry: PassGeometry, missing: [Int]) {
        self.geometry = geometry
        remaining = missing.count
        queue = Deque(missing)
        states = Dictionary(uniqueKeysWithValues: missing.map { ($0, .waiting) })
    }

    func state(_ index: Int) -> State { states[index] ?? .done }

    /// The next tile to send.
    var next: Int? { queue.first }

    var outCount: Int { states.values.count { $0 == .out } }

    /// The next tile goes out. Returns its attempt.
    mutating func sendNext(partition: Int, bytes: Int, now: ContinuousClock.Instant) -> Int {
        guard let index = queue.popFirst() else { preconditionFailure("nothing waits") }
        let attempt = attempts[index, default: 0] + 1
        attempts[index] = attempt
        issues[index, default: []].append(Issue(attempt: attempt, partition: partition, bytes: bytes, time: now))
        states[index] = .out
        return attempt
    }

    /// A result with pixels came. Returns what the tile had outstanding, all attempts of it; `nil` where the tile
    /// needs no result any more.
    mutating func accept(_ index: Int, attempt: Int, now: ContinuousClock.Instant) -> [Issue]? {
        switch state(index) {
        case .accepted, .done: return nil
        case .waiting: queue.removeAll { $0 == index }
        case .out: break
        }
        states[index] = .accepted
        let all = issues.removeValue(forKey: index) ?? []
        if let issue = all.first(where: { $0.attempt == attempt }) { roundTrips.add(now - issue.time) }
        return all
    }

    /// The accepted tile's pixels are in the canvas. Returns whether the pass is complete.
    mutating func finish(_ index: Int) -> Bool {
        if state(index) == .accepted {
            states[index] = .done
            remaining -= 1
        }
        return remaining == 0
    }

    /// The attempt came to nothing. Returns what it had outstanding; `nil` where it is not the one that is waited for.
    mutating func giveUp(_ index: Int, attempt: Int) -> Issue? {
        guard state(index) == .out, let position = issues[index]?.firstIndex(where: { $0.attempt == attempt }),
            attempts[index] == attempt
        else { return nil }
        states[index] = .waiting
        queue.prepend(index)
        return issues[index]?.remove(at: position)
    }

    /// The attempt never left this process, so it does not count.
    mutating func unsend(_ index: Int, attempt: Int) -> Issue? {
        guard let issue = giveUp(index, attempt: attempt) else { return nil }
        attempts[index] = attempt - 1
        return issue
    }

    /// Tiles that have been out for too long, with the attempt that is waited for.
    func late(now: ContinuousClock.Instant) -> [(index: Int, attempt: Int)] {
        issues.compactMap { index, all in
            guard state(index) == .out, let last = all.last,
                now - last.time > roundTrips.patience(attempt: last.attempt)
            else { return nil }
            return (index, last.attempt)
        }.sorted { $0.index < $1.index }
    }

    /// A late tile goes back to the queue. What it has outstanding stays so: it may still be answered.
    mutating func sendAgain(_ index: Int) {
        guard state(index) == .out else { return }
        states[index] = .waiting
        queue.prepend(index)
    }

    /// Attempts that another one follows and that had twice their time: they are taken as lost and give their room
    /// back, for it may be the room that the tile itself needs to go out again.
    mutating func takeLost(now: ContinuousClock.Instant) -> [Issue] {
        var lost: [Issue] = []
        for (index, all) in issues {
            let awaited = state(index) == .out ? attempts[index] : nil
            let gone = all.filter { issue in
                issue.attempt != awaited && now - issue.time > roundTrips.patience(attempt: issue.attempt) * 2
            }
            guard !gone.isEmpty else { continue }
            issues[index] = all.filter { !gone.contains($0) }
            lost += gone
        }
        return lost
    }

    /// The waiting starts anew, for a time in which no worker could have answered.
    mutating func restartClocks(now: ContinuousClock.Instant) {
        for index in issues.keys {
            issues[index] = issues[index]?.map { issue in
                var issue = issue
                issue.time = now
                return issue
            }
        }
    }

    /// All that is outstanding.
    var outstanding: [Issue] { issues.values.flatMap { $0 } }
}
