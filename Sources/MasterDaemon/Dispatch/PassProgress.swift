import DequeModule
import TileCore

/// The tiles of one pass of one job: which wait, which are in flight, which are done.
///
/// What is asked about time costs as much as there are tiles with unanswered attempts, however many tiles remain.
struct PassProgress: Sendable {
    enum State: Sendable, Equatable {
        case waiting
        case inFlight
        /// Its result was accepted; its pixels are being written.
        case accepted
        case done
    }

    /// One sending of a tile.
    struct Attempt: Sendable, Equatable {
        /// From 1.
        let number: Int
        let partition: Int
        let bytes: Int
        /// When it was decided on.
        let decision: ContinuousClock.Instant
        /// When it was handed over; until then, when it was decided on.
        var time: ContinuousClock.Instant
        /// It is with the transport for sure, so that it can be late.
        var isHandedOver = false
        /// Its answer is waited for: it is neither late nor with a worker that was lost.
        var isAwaited = true
    }

    struct Tile {
        var state = State.waiting
        var attempts = 0
        /// Attempts that came late or failed.
        var failedAttempts = 0
        /// Attempts that are not answered.
        var sent: [Attempt] = []
        var hasSpeculativeAttempt = false
        /// Workers that were lost while they had it.
        var lostWith: [String] = []
        /// How many workers were lost while they worked on this tile and on nothing else.
        var crashes = 0
    }

    let geometry: PassGeometry
    /// The names of the steps that a worker has to know; none if all of them do.
    let steps: Set<String>
    /// Tiles that are not done.
    private(set) var tiles: TileTable<Tile>
    /// Those of them with unanswered attempts. All tiles in flight are among them.
    private var unanswered: Set<Int> = []
    private var queue: Deque<Int>
    private var roundTrips = RoundTrips()
    /// Rows of the source that are complete from the top. Tiles that need others wait.
    var rows: Int
    /// Rows of the target, from the top, that may be written. Tiles that lie lower wait.
    var writableRows: Int

    /// - Parameters:
    ///   - missing: the tiles to do, in order; all others are done already.
    ///   - rows: of the source; `nil` for all.
    ///   - writableRows: of the target; `nil` for all.
    init(
        geometry: PassGeometry, steps: Set<String> = [], missing: [Int], rows: Int? = nil, writableRows: Int? = nil
    ) {
        self.geometry = geometry
        self.steps = steps
        self.rows = rows ?? geometry.grid.image.height
        self.writableRows = writableRows ?? geometry.grid.image.height
        queue = Deque(missing)
        tiles = TileTable(missing, Tile())
    }

    var remaining: Int { tiles.count }

    func state(_ index: Int) -> State { tiles[index]?.state ?? .done }

    /// How often an attempt came late or failed.
    func failedAttempts(_ index: Int) -> Int { tiles[index]?.failedAttempts ?? 0 }

    /// Workers that were lost while they had the tile, the last one last.
    func lostWith(_ index: Int) -> [String] { tiles[index]?.lostWith ?? [] }

    /// Whether the tile crashed two workers while it ran alone, and has used up its attempts, which are `limit`.
    /// One crash could be chance.
    func isDeadly(_ index: Int, limit: Int) -> Bool {
        tiles[index].map { $0.crashes >= 2 && $0.failedAttempts + $0.lostWith.count >= limit } ?? false
    }

    /// The next tile to send; `nil` if none waits, or the first of them for rows of the source or target. Those that are
    /// resent come first, then those further up.
    var next: Int? {
        queue.first.flatMap { index in
            geometry.rowsNeeded(index) <= rows && geometry.writableRowsNeeded(index) <= writableRows ? index : nil
        }
    }

    /// No tile waits to be sent.
    var isAllSent: Bool { queue.isEmpty }

    var inFlightCount: Int { unanswered.count { tiles[$0]?.state == .inFlight } }

    /// When it was decided to send an attempt that is not answered yet.
    func decision(on index: Int, attempt number: Int) -> ContinuousClock.Instant? {
        tiles[index]?.sent.first { $0.number == number }?.decision
    }

    /// The last attempt that is not answered.
    func lastAttempt(_ index: Int) -> Attempt? { tiles[index]?.sent.last }

    /// Where the tile is or was before, for all that is known.
    func triedPartitions(_ index: Int) -> [Int] { tiles[index]?.sent.map(\.partition) ?? [] }

    /// Sends the next tile. Returns the number of its attempt.
    mutating func sendNext(partition: Int, bytes: Int, now: ContinuousClock.Instant) -> Int {
        guard let index = queue.popFirst() else { preconditionFailure("nothing waits") }
        return send(index, partition: partition, bytes: bytes, now: now)
    }

    /// The attempt is with the transport for sure: its time begins.
    mutating func handOver(_ index: Int, attempt number: Int, now: ContinuousClock.Instant) {
        guard let position = tiles[index]?.sent.firstIndex(where: { $0.number == number }) else { return }
        tiles[index]?.sent[position].time = now
        tiles[index]?.sent[position].isHandedOver = true
    }

    /// Sends a tile that is in flight to another worker, too. Returns the number of this speculative attempt.
    mutating func sendSpeculative(_ index: Int, partition: Int, bytes: Int, now: ContinuousClock.Instant) -> Int {
        tiles[index]?.hasSpeculativeAttempt = true
        return send(index, partition: partition, bytes: bytes, now: now)
    }

    private mutating func send(_ index: Int, partition: Int, bytes: Int, now: ContinuousClock.Instant) -> Int {
        let attempt = (tiles[index]?.attempts ?? 0) + 1
        tiles[index]?.attempts = attempt
        tiles[index]?.sent.append(
            Attempt(number: attempt, partition: partition, bytes: bytes, decision: now, time: now))
        tiles[index]?.state = .inFlight
        unanswered.insert(index)
        return attempt
    }

    /// The tiles that are in flight for much longer than most took and have no speculative attempt, the slowest first.
    /// - Returns: also whether it is known what most took; while it is not, a second is long.
    func stragglers(now: ContinuousClock.Instant) -> (indices: [Int], isKnown: Bool) {
        let slowness = roundTrips.slowness
        let slow = unanswered.compactMap { index -> (index: Int, time: ContinuousClock.Instant)? in
            guard let tile = tiles[index], tile.state == .inFlight, !tile.hasSpeculativeAttempt,
                let last = tile.sent.last(where: \.isAwaited), last.isHandedOver,
                now - last.time > slowness ?? .seconds(1)
            else { return nil }
            return (index, last.time)
        }
        return (slow.sorted { ($0.time, $0.index) < ($1.time, $1.index) }.map(\.index), slowness != nil)
    }

    /// A result with pixels came. Returns the attempts that are still unanswered, and the answered one; `nil` if the
    /// tile needs no result any more.
    mutating func accept(
        _ index: Int, attempt number: Int, now: ContinuousClock.Instant
    ) -> (answered: Attempt?, unanswered: [Attempt])? {
        guard var tile = tiles[index], tile.state != .accepted else { return nil }
        if tile.state == .waiting { queue.removeAll { $0 == index } }
        let answered = tile.sent.first { $0.number == number }
        let others = tile.sent.filter { $0.number != number }
        if let answered { roundTrips.add(now - answered.time) }
        tile.state = .accepted
        tile.sent = []
        tiles[index] = tile
        unanswered.remove(index)
        return (answered, others)
    }

    /// The accepted tile's pixels are in the canvas. Returns whether the pass is complete.
    mutating func finish(_ index: Int) -> Bool {
        if state(index) == .accepted { tiles[index] = nil }
        return tiles.isEmpty
    }

    /// What the failure of an attempt brings.
    enum Setback: Sendable, Equatable {
        /// Nobody waited for that attempt.
        case none
        /// Another attempt is in flight.
        case otherIsInFlight
        /// The tile waits to be sent.
        case waits
    }

    /// An attempt failed. Returns what it had outstanding.
    /// - Parameter counting: whether that speaks against the tile.
    mutating func fail(
        _ index: Int, attempt number: Int, counting: Bool = true
    ) -> (attempt: Attempt?, setback: Setback) {
        guard let attempt = takeAttempt(index, attempt: number) else { return (nil, .none) }
        guard attempt.isAwaited, state(index) == .inFlight else { return (attempt, .none) }
        if counting { tiles[index]?.failedAttempts += 1 }
        return (attempt, requeueUnlessAwaited(index) ? .waits : .otherIsInFlight)
    }

    /// The attempt never left this process, so it does not count. Returns also whether the tile waits now.
    mutating func unsend(_ index: Int, attempt number: Int) -> (attempt: Attempt, waits: Bool)? {
        guard let attempt = takeAttempt(index, attempt: number) else { return nil }
        if tiles[index]?.attempts == number { tiles[index]?.attempts = number - 1 }
        return (attempt, requeueUnlessAwaited(index))
    }

    private mutating func takeAttempt(_ index: Int, attempt number: Int) -> Attempt? {
        guard let position = tiles[index]?.sent.firstIndex(where: { $0.number == number }) else { return nil }
        let attempt = tiles[index]?.sent.remove(at: position)
        if tiles[index]?.sent.isEmpty == true { unanswered.remove(index) }
        return attempt
    }

    /// Tiles that have been in flight for too long.
    func late(now: ContinuousClock.Instant) -> [Int] {
        unanswered.filter { index in
            guard let tile = tiles[index], tile.state == .inFlight, let last = tile.sent.last(where: \.isAwaited),
                last.isHandedOver
            else { return false }
            return now - last.time > roundTrips.timeout(failedAttempts: tile.failedAttempts)
        }.sorted()
    }

    /// A late tile goes back to the queue. What it has outstanding stays so: it may still be answered.
    /// - Parameter counting: whether that is a failed attempt.
    mutating func takeBackLate(_ index: Int, counting: Bool) {
        giveUpWaiting(index) { _ in true }
        if counting { tiles[index]?.failedAttempts += 1 }
        _ = requeueUnlessAwaited(index)
    }

    /// A worker is lost. That is no tile's fault, unless it worked on one tile alone.
    /// - Parameters:
    ///   - alone: what it worked on while it worked on nothing else.
    ///   - hadTask: whether a task was with it.
    /// - Returns: the tiles that it had, with those that wait now.
    mutating func lose(
        _ worker: String, alone: TileAttempt?, _ hadTask: (Attempt) -> Bool
    ) -> [(index: Int, waits: Bool)] {
        // The task that it ran alone went with it, whoever has the partition now.
        func had(_ index: Int, _ attempt: Attempt) -> Bool {
            hadTask(attempt) || index == alone?.index && attempt.number == alone?.attempt
        }
        let lost = unanswered.filter { index in
            guard let tile = tiles[index], tile.state == .inFlight else { return false }
            return tile.sent.contains { $0.isAwaited && had(index, $0) }
        }
        return lost.sorted(by: >).map { index in
            giveUpWaiting(index) { had(index, $0) }
            tiles[index]?.lostWith.append(worker)
            if index == alone?.index { tiles[index]?.crashes += 1 }
            return (index, requeueUnlessAwaited(index))
        }
    }

    private mutating func giveUpWaiting(_ index: Int, _ isMeant: (Attempt) -> Bool) {
        guard var attempts = tiles[index]?.sent else { return }
        for position in attempts.indices where isMeant(attempts[position]) { attempts[position].isAwaited = false }
        tiles[index]?.sent = attempts
    }

    /// Puts the tile in front of the queue when no attempt of it is waited for any more. Returns whether it did.
    private mutating func requeueUnlessAwaited(_ index: Int) -> Bool {
        guard let tile = tiles[index], tile.state == .inFlight, !tile.sent.contains(where: \.isAwaited) else {
            return false
        }
        tiles[index]?.state = .waiting
        tiles[index]?.hasSpeculativeAttempt = false
        queue.prepend(index)
        return true
    }

    /// How long an unanswered attempt takes capacity of its partition once nobody waits for it.
    func lifetime(_ index: Int) -> Duration { roundTrips.timeout(failedAttempts: failedAttempts(index)) * 2 }

    /// Takes out the attempts that nobody waits for and that had twice their time. They count as lost and free their
    /// capacity, because the tile itself may need it to be resent.
    mutating func takeLost(now: ContinuousClock.Instant) -> [Attempt] {
        var lost: [Attempt] = []
        for index in unanswered {
            guard let tile = tiles[index] else { continue }
            let limit = roundTrips.timeout(failedAttempts: max(0, tile.failedAttempts - 1)) * 2
            let gone = tile.sent.filter { !$0.isAwaited && now - $0.time > limit }
            guard !gone.isEmpty else { continue }
            tiles[index]?.sent.removeAll { gone.contains($0) }
            if gone.count == tile.sent.count { unanswered.remove(index) }
            lost += gone
        }
        return lost
    }

    /// The waiting starts anew after a time in which no worker could have answered.
    mutating func restartClocks(now: ContinuousClock.Instant) {
        for index in unanswered {
            for position in tiles[index]?.sent.indices ?? 0..<0 { tiles[index]?.sent[position].time = now }
        }
    }

    /// All that is outstanding, by tile.
    var outstanding: [(index: Int, attempt: Attempt)] {
        unanswered.flatMap { index in (tiles[index]?.sent ?? []).map { (index, $0) } }
    }
}
