import DequeModule
import TileCore

/// The states of one pass's tiles: waiting, in flight, accepted, done.
///
/// The cost of timeout checks depends on the number of tiles with unanswered attempts, not on the number of remaining
/// tiles.
struct PassProgress: Sendable {
    enum State: Sendable, Equatable {
        case waiting
        case inFlight
        /// Its result is accepted, and its pixels are being written.
        case accepted
        case done
    }

    /// How workers on this machine can work in the pass's canvases.
    enum Lending: Sendable {
        case none
        /// One tile in each record. The pixels depend on which tiles are computed together.
        case singly
        case inGroups
    }

    /// An attempt: one sending of a tile.
    struct Attempt: Sendable, Equatable {
        /// From 1.
        let number: Int
        let partition: Int
        let bytes: Int
        /// The number of tiles in its record, if this tile is the first of them; otherwise 1.
        var recordTiles = 1
        /// When it was decided to send it.
        let decision: ContinuousClock.Instant
        /// When it was handed over to the transport. Until then, the same as `decision`.
        var time: ContinuousClock.Instant
        /// Whether the transport has it. Only then it can be late.
        var isHandedOver = false
        /// Whether its answer is still expected: it is neither late nor at a lost worker.
        var isAwaited = true
    }

    struct Tile {
        var state = State.waiting
        var attempts = 0
        /// The number of attempts that were late or failed.
        var failedAttempts = 0
        /// The unanswered attempts.
        var sent: [Attempt] = []
        var hasSpeculativeAttempt = false
        /// Workers that were lost while they had the tile.
        var lostWith: [String] = []
        /// How many workers were lost while they worked on this tile only.
        var crashes = 0
    }

    let geometry: PassGeometry
    /// The names of the steps that a worker has to know; empty if all workers know them.
    let steps: Set<String>
    let lending: Lending
    /// Tiles that are not done.
    private(set) var tiles: TileTable<Tile>
    /// The tiles with unanswered attempts. They include all tiles in flight.
    private var unanswered: Set<Int> = []
    private var queue: Deque<Int>
    private var roundTrips = RoundTrips()
    /// Complete rows of the source, from the top. Tiles that need more rows wait.
    var rows: Int
    /// Writable rows of the target, from the top. Tiles that need more rows wait.
    var writableRows: Int

    /// - Parameters:
    ///   - missing: the tiles to do, in order. All others are already done.
    ///   - rows: the complete rows of the source; `nil` for all.
    ///   - writableRows: the writable rows of the target; `nil` for all.
    init(
        geometry: PassGeometry, steps: Set<String> = [], lending: Lending = .none, missing: [Int], rows: Int? = nil,
        writableRows: Int? = nil
    ) {
        self.geometry = geometry
        self.steps = steps
        self.lending = lending
        self.rows = rows ?? geometry.grid.image.height
        self.writableRows = writableRows ?? geometry.grid.image.height
        queue = Deque(missing)
        tiles = TileTable(missing, Tile())
    }

    var remaining: Int { tiles.count }

    func state(_ index: Int) -> State { tiles[index]?.state ?? .done }

    /// How many attempts were late or failed.
    func failedAttempts(_ index: Int) -> Int { tiles[index]?.failedAttempts ?? 0 }

    /// The workers that were lost while they had the tile, in order.
    func lostWith(_ index: Int) -> [String] { tiles[index]?.lostWith ?? [] }

    /// Whether the tile crashed two workers while it ran alone, and has used up its `limit` attempts. One crash could be
    /// chance.
    func isDeadly(_ index: Int, limit: Int) -> Bool {
        tiles[index].map { $0.crashes >= 2 && $0.failedAttempts + $0.lostWith.count >= limit } ?? false
    }

    /// The next tile to send. Resent tiles come first, then tiles from top to bottom. `nil` if no tile waits, or if the
    /// first one waits for rows of the source or target.
    var next: Int? {
        queue.first.flatMap { index in
            geometry.rowsNeeded(index) <= rows && geometry.writableRowsNeeded(index) <= writableRows ? index : nil
        }
    }

    /// Whether no tile waits to be sent.
    var isAllSent: Bool { queue.isEmpty }

    var inFlightCount: Int { unanswered.count { tiles[$0]?.state == .inFlight } }

    /// When it was decided to send this unanswered attempt.
    func decision(on index: Int, attempt number: Int) -> ContinuousClock.Instant? {
        tiles[index]?.sent.first { $0.number == number }?.decision
    }

    /// The last unanswered attempt.
    func lastAttempt(_ index: Int) -> Attempt? { tiles[index]?.sent.last }

    /// The partitions of the tile's unanswered attempts.
    func triedPartitions(_ index: Int) -> [Int] { tiles[index]?.sent.map(\.partition) ?? [] }

    /// Whether the next attempt at a tile can be lent. Further attempts contain the pixels, so that a failed loan costs one
    /// attempt only.
    func canBeLent(_ index: Int) -> Bool { lending != .none && tiles[index]?.attempts == 0 }

    /// How many of the next tiles can be lent in one record, at most `limit`: adjacent ones of a row.
    func lendable(atMost limit: Int) -> Int {
        guard lending == .inGroups, let first = next else { return 1 }
        let end = min(first + limit, (first / geometry.grid.columns + 1) * geometry.grid.columns)
        let group = zip(queue, first..<end).prefix { $0 == $1 && canBeLent($0) }
        return max(1, group.count)
    }

    /// Sends the next tile. Returns the number of its attempt.
    /// - Parameter recordTiles: the number of tiles in its record, if it is the first of them.
    mutating func sendNext(partition: Int, bytes: Int, recordTiles: Int = 1, now: ContinuousClock.Instant) -> Int {
        guard let index = queue.popFirst() else { preconditionFailure("nothing waits") }
        return send(index, partition: partition, bytes: bytes, recordTiles: recordTiles, now: now)
    }

    /// The number of tiles in the record of an unanswered attempt, if this tile is the first of them.
    func recordTiles(_ index: Int, attempt number: Int) -> Int? {
        tiles[index]?.sent.first { $0.number == number }?.recordTiles
    }

    /// Notes that the transport has the attempt. Its timeout begins now.
    mutating func handOver(_ index: Int, attempt number: Int, now: ContinuousClock.Instant) {
        guard let position = tiles[index]?.sent.firstIndex(where: { $0.number == number }) else { return }
        tiles[index]?.sent[position].time = now
        tiles[index]?.sent[position].isHandedOver = true
    }

    /// Adds a speculative attempt at another worker to a tile in flight. Returns the number of the attempt.
    mutating func sendSpeculative(_ index: Int, partition: Int, bytes: Int, now: ContinuousClock.Instant) -> Int {
        tiles[index]?.hasSpeculativeAttempt = true
        return send(index, partition: partition, bytes: bytes, now: now)
    }

    private mutating func send(
        _ index: Int, partition: Int, bytes: Int, recordTiles: Int = 1, now: ContinuousClock.Instant
    ) -> Int {
        let attempt = (tiles[index]?.attempts ?? 0) + 1
        tiles[index]?.attempts = attempt
        tiles[index]?.sent.append(
            Attempt(
                number: attempt, partition: partition, bytes: bytes, recordTiles: recordTiles, decision: now, time: now)
        )
        tiles[index]?.state = .inFlight
        unanswered.insert(index)
        return attempt
    }

    /// The tiles without a speculative attempt that have been in flight for much longer than usual, the slowest first.
    /// - Returns: the tiles, and whether the usual time is known. Until it is known, a tile is slow after a second.
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

    /// Accepts a result with pixels. Returns the answered attempt, and those still unanswered. `nil` if the tile does not
    /// need the result any more.
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

    /// Notes that an accepted tile's pixels are in the canvas. Returns whether the pass is complete.
    mutating func finish(_ index: Int) -> Bool {
        if state(index) == .accepted { tiles[index] = nil }
        return tiles.isEmpty
    }

    /// The consequence of a failed attempt.
    enum Setback: Sendable, Equatable {
        /// The attempt was not awaited any more.
        case none
        /// Another attempt is in flight.
        case otherIsInFlight
        /// The tile waits to be sent.
        case waits
    }

    /// Notes that an attempt has failed. Returns the attempt, whose capacity is free now.
    /// - Parameter counting: whether the failure counts against the tile.
    mutating func fail(
        _ index: Int, attempt number: Int, counting: Bool = true
    ) -> (attempt: Attempt?, setback: Setback) {
        guard let attempt = takeAttempt(index, attempt: number) else { return (nil, .none) }
        guard attempt.isAwaited, state(index) == .inFlight else { return (attempt, .none) }
        if counting { tiles[index]?.failedAttempts += 1 }
        return (attempt, requeueUnlessAwaited(index) ? .waits : .otherIsInFlight)
    }

    /// Takes back an attempt that never left this process, and does not count it. Returns the attempt, and whether the
    /// tile waits now.
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

    /// The tiles that are in flight beyond their timeout.
    func late(now: ContinuousClock.Instant) -> [Int] {
        unanswered.filter { index in
            guard let tile = tiles[index], tile.state == .inFlight, let last = tile.sent.last(where: \.isAwaited),
                last.isHandedOver
            else { return false }
            return now - last.time > roundTrips.timeout(failedAttempts: tile.failedAttempts)
        }.sorted()
    }

    /// Puts a late tile back into the queue. Its attempts stay outstanding, because they may still be answered.
    /// - Parameter counting: whether this counts as a failed attempt.
    mutating func takeBackLate(_ index: Int, counting: Bool) {
        giveUpWaiting(index) { _ in true }
        if counting { tiles[index]?.failedAttempts += 1 }
        _ = requeueUnlessAwaited(index)
    }

    /// Takes back the tiles of a lost worker. A tile counts as the cause of the crash only if the worker ran it alone.
    /// - Parameters:
    ///   - alone: the attempt that the worker worked on, if it worked on nothing else.
    ///   - hadTask: whether the worker had an attempt.
    /// - Returns: the tiles that the worker had, and whether each of them waits now.
    mutating func lose(
        _ worker: String, alone: TileAttempt?, _ hadTask: (Attempt) -> Bool
    ) -> [(index: Int, waits: Bool)] {
        // The task that it ran alone is lost, even if another worker has the partition now.
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

    /// Puts the tile at the front of the queue, if none of its attempts is awaited any more. Returns whether it did.
    private mutating func requeueUnlessAwaited(_ index: Int) -> Bool {
        guard let tile = tiles[index], tile.state == .inFlight, !tile.sent.contains(where: \.isAwaited) else {
            return false
        }
        tiles[index]?.state = .waiting
        tiles[index]?.hasSpeculativeAttempt = false
        queue.prepend(index)
        return true
    }

    /// How long an abandoned attempt of the tile may take capacity of its partition.
    func lifetime(_ index: Int) -> Duration { roundTrips.timeout(failedAttempts: failedAttempts(index)) * 2 }

    /// Removes and returns the attempts that are not awaited, and were not answered within twice their timeout. They count
    /// as lost. Their capacity is freed, because the tile itself may need it for its next attempt.
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

    /// Restarts all timeouts after a time in which no worker could answer.
    mutating func restartClocks(now: ContinuousClock.Instant) {
        for index in unanswered {
            for position in tiles[index]?.sent.indices ?? 0..<0 { tiles[index]?.sent[position].time = now }
        }
    }

    /// All unanswered attempts with their tiles.
    var outstanding: [(index: Int, attempt: Attempt)] {
        unanswered.flatMap { index in (tiles[index]?.sent ?? []).map { (index, $0) } }
    }
}
