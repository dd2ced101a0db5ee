import DequeModule
import TileCore

/// Decides which tile is sent next and to which partition, which result counts, and when a tile is resent. Does no I/O: the
/// `Dispatcher` owns it and executes its decisions.
struct Scheduler: Sendable {
    private let limits: Limits
    private(set) var window: PartitionWindow
    private var slots = 0
    /// The steps that each online worker knows.
    private var knownSteps: [String: Set<String>] = [:]
    private var pace = TilePace()
    private var passes: [PassID: PassProgress] = [:]
    /// The passes of each job, the last one first.
    private var order: [JobID: [PassID]] = [:]
    private var abandoned = AbandonedAttempts()
    /// The jobs in the order of their turns. A job goes to the back with every tile that it sends.
    private var turns: Deque<JobID> = []
    private(set) var inFlight = 0

    init(partitions: Int, limits: Limits = Limits()) {
        self.limits = limits
        window = PartitionWindow(partitions: partitions, capacity: limits.partitionBytes, total: limits.bytes)
    }

    /// The number of abandoned, unanswered attempts.
    var abandonedCount: Int { abandoned.count }

    /// How many tiles may be in flight.
    var windowTiles: Int { max(limits.minimumTiles, tilesPerSlot * slots) }

    private var tilesPerSlot: Int {
        pace.tilesPerSlot(window.isLentOnly ? limits.lentTilesPerSlot : limits.tilesPerSlot)
    }

    mutating func setFleet(
        slots: Int, owners: [Int: PartitionWindow.Owner], steps: [String: Set<String>] = [:],
        borrowers: Set<Int> = []
    ) {
        self.slots = slots
        knownSteps = steps
        window.setOwners(owners, borrowers: borrowers)
    }

    mutating func grow(toPartitions count: Int) { window.grow(to: count) }

    /// Adds a pass.
    /// - Parameters:
    ///   - steps: the names of its steps. Its tiles go to workers that know them.
    ///   - lending: whether its canvases can be lent to workers on this machine.
    ///   - missing: the tiles to do, in order.
    ///   - rows: the complete rows of its source, from the top; `nil` for all.
    ///   - writableRows: the writable rows of its target, from the top; `nil` for all.
    /// - Precondition: the pass was not added yet. The dispatcher first ends the pass of an older run.
    mutating func begin(
        _ pass: PassID, geometry: PassGeometry, steps: Set<String> = [], lending: PassProgress.Lending = .none,
        missing: [Int],
        rows: Int? = nil, writableRows: Int? = nil
    ) {
        precondition(passes[pass] == nil, "pass \(pass) has begun already")
        // A lossless transport has no workers of other releases.
        passes[pass] = PassProgress(
            geometry: geometry, steps: limits.isLossless ? [] : steps, lending: lending, missing: missing,
            rows: rows,
            writableRows: writableRows)
        if order[pass.job] == nil { turns.append(pass.job) }
        order[pass.job, default: []].append(pass)
        order[pass.job]?.sort { $0.number > $1.number }
    }

    /// Sets how many rows of the pass's source are complete, from the top.
    mutating func setRows(_ rows: Int, of pass: PassID) { passes[pass]?.rows = rows }

    /// Sets how many rows of the pass's target are writable, from the top.
    mutating func setWritableRows(_ rows: Int, of pass: PassID) { passes[pass]?.writableRows = rows }

    /// Removes a pass, finished or not. Its late results are dropped.
    mutating func end(_ pass: PassID) {
        guard let progress = passes.removeValue(forKey: pass) else { return }
        inFlight -= progress.inFlightCount
        for (index, attempt) in progress.outstanding {
            abandon(attempt, of: pass.tile(index), lifetime: progress.lifetime(index))
        }
        order[pass.job]?.removeAll { $0 == pass }
        guard order[pass.job]?.isEmpty == true else { return }
        order[pass.job] = nil
        turns.removeAll { $0 == pass.job }
    }

    /// Abandons an attempt. On a lossless transport its capacity is freed at once, because there may be no answer, and no
    /// worker's load has to be known.
    private mutating func abandon(_ attempt: PassProgress.Attempt, of tile: TileID, lifetime: Duration) {
        guard limits.isLossless else { return abandoned.add(attempt, of: tile, lifetime: lifetime) }
        window.release(attempt.partition, bytes: attempt.bytes)
    }

    /// The next tile to send, if the window has capacity for one.
    mutating func next(now: ContinuousClock.Instant) -> Dispatch? {
        guard inFlight < windowTiles else { return nil }
        for _ in turns.indices {
            guard let job = turns.popFirst() else { return nil }
            turns.append(job)
            // The last pass first, because encoding waits for its rows.
            for pass in order[job] ?? [] {
                guard let sent = sendNext(pass, now) ?? sendSpeculative(pass, now) else { continue }
                return sent
            }
        }
        return nil
    }

    /// Sends a waiting tile, together with those right of it if they can be lent. If it fits nowhere, a smaller tile of the
    /// next job may fit.
    private mutating func sendNext(_ pass: PassID, _ now: ContinuousClock.Instant) -> Dispatch? {
        guard let index = passes[pass]?.next, let geometry = passes[pass]?.geometry,
            let tried = passes[pass]?.triedPartitions(index), let canBeLent = passes[pass]?.canBeLent(index)
        else { return nil }
        let bytes = geometry.bytes(index)
        let lentBytes = canBeLent ? limits.lentBytes : nil
        guard
            let partition = reserve(bytes, lentBytes: lentBytes, pass, avoiding: tried)
                ?? (tried.isEmpty ? nil : reserve(bytes, lentBytes: lentBytes, pass))
        else { return nil }
        guard canBeLent, window.isBorrower(partition) else {
            return send(pass, index, partition, bytes: bytes, now)
        }
        let count = reserveGroup(pass, index, partition)
        return send(pass, index, partition, count: count, isLent: true, bytes: limits.lentBytes, now)
    }

    /// - Parameter bytes: what each tile takes of the partition.
    private mutating func send(
        _ pass: PassID, _ index: Int, _ partition: Int, count: Int = 1, isLent: Bool = false, bytes: Int,
        _ now: ContinuousClock.Instant
    ) -> Dispatch? {
        let attempts = (0..<count).compactMap {
            passes[pass]?.sendNext(partition: partition, bytes: bytes, recordTiles: $0 == 0 ? count : 1, now: now)
        }
        inFlight += attempts.count
        return attempts.first.map {
            Dispatch(tile: pass.tile(index), count: count, isLent: isLent, partition: partition, attempt: $0)
        }
    }

    /// Takes capacity for the tiles that are lent in one record with tile `index`, which is the next one and has its
    /// capacity. Each slot gets a part of a row.
    /// - Returns: the number of tiles with that one. 1 if some workers do not know the steps, because a group could exceed
    ///   the worker's share of the window.
    private mutating func reserveGroup(_ pass: PassID, _ index: Int, _ partition: Int) -> Int {
        guard slots > 0, let geometry = passes[pass]?.geometry, let steps = passes[pass]?.steps,
            !window.isMixed(for: steps)
        else { return 1 }
        let share = (geometry.grid.columns + slots - 1) / slots
        let most = min(pace.tilesPerRecord(atMost: limits.groupTiles), share, windowTiles - inFlight)
        let available = passes[pass]?.lendable(atMost: most) ?? 1
        var (count, size) = (1, geometry.bytes(index))
        while count < available {
            size += geometry.bytes(index + count)
            guard size <= limits.groupBytes, window.add(limits.lentBytes, to: partition) else { break }
            count += 1
        }
        return count
    }

    /// Chooses a partition whose worker knows the pass's steps. If some workers do not know them, each worker that does
    /// gets no more than its share of the window. Otherwise this pass would fill the window, and tiles that the other
    /// workers could do would wait.
    private mutating func reserve(
        _ bytes: Int, lentBytes: Int? = nil, _ pass: PassID, avoiding tried: [Int] = [], idle isIdle: Bool = false
    ) -> Int? {
        let steps = passes[pass]?.steps ?? []
        let most = window.isMixed(for: steps) ? Double(tilesPerSlot) : .infinity
        return window.reserve(
            bytes, lentBytes: lentBytes, steps: steps, most: most, avoiding: tried, idle: isIdle)
    }

    /// Sends a speculative attempt of the slowest tile to another worker, once no tile of the pass waits. The first answer
    /// counts (backup tasks: Dean and Ghemawat, MapReduce, 2004).
    private mutating func sendSpeculative(_ pass: PassID, _ now: ContinuousClock.Instant) -> Dispatch? {
        guard !limits.isLossless, passes[pass]?.isAllSent == true,
            let slow = passes[pass]?.stragglers(now: now)
        else {
            return nil
        }
        for index in slow.indices {
            guard let bytes = passes[pass]?.geometry.bytes(index),
                let tried = passes[pass]?.triedPartitions(index),
                // While the usual time is unknown, slowness is a guess. Then only idle workers get an attempt.
                let partition = reserve(bytes, pass, avoiding: tried, idle: !slow.isKnown),
                let attempt = passes[pass]?.sendSpeculative(index, partition: partition, bytes: bytes, now: now)
            else { continue }
            return Dispatch(tile: pass.tile(index), partition: partition, attempt: attempt, isSpeculative: true)
        }
        return nil
    }

    /// When it was decided to send this unanswered attempt.
    func decision(on tile: TileID, attempt: Int) -> ContinuousClock.Instant? {
        passes[PassID(of: tile)]?.decision(on: tile.index, attempt: attempt)
    }

    /// The results of the single tiles that an answer is for; `nil` if its pixels are not those of these tiles.
    ///
    /// Attempts of two runs of a job can have the same number. So only an answer that repeats a loan can be for several
    /// tiles.
    /// - Precondition: a repeated loan is that of the pass under way.
    func split(_ result: TileResult) -> [TileResult]? {
        guard let loan = result.loan else { return [result] }
        let (tile, pass) = (result.tile, PassID(of: result.tile))
        // A late answer can be for an attempt that is not known any more. Workers of earlier releases do not repeat `tiles`.
        let count =
            passes[pass]?.recordTiles(tile.index, attempt: result.attempt) ?? loan.tiles
            ?? abandoned.recordTiles(tile, attempt: result.attempt) ?? 1
        let tiles = tile.index..<tile.index + count
        guard let grid = passes[pass]?.geometry.grid else { return tiles.map { result.part($0, of: count) } }
        guard (0..<grid.count).contains(tile.index) else { return [result] }
        guard grid.isInOneRow(tiles) else { return nil }
        guard case .written(let size, let format) = result.outcome else {
            // Each tile goes to the front of the queue, so the first one is the last to go there.
            return tiles.reversed().map { result.part($0, of: count) }
        }
        guard size == grid[tiles].size else { return nil }
        return tiles.map { result.part($0, of: count, .written(grid[$0].size, format)) }
    }

    /// Drops an answer for another run's canvas, and frees the capacity of the attempts that it answers.
    mutating func dropOtherCanvas(_ result: TileResult) -> Verdict {
        let count = result.loan?.tiles ?? abandoned.recordTiles(result.tile, attempt: result.attempt) ?? 1
        for index in result.tile.index..<result.tile.index + count {
            _ = drop(result.part(index, of: count), .otherCanvas)
        }
        return .drop(.otherCanvas)
    }

    mutating func receive(_ result: TileResult, now: ContinuousClock.Instant) -> Verdict {
        let tile = result.tile
        let pass = PassID(of: tile)
        guard let geometry = passes[pass]?.geometry else {
            return drop(result, order[tile.job] == nil ? .unknownJob : .otherPass)
        }
        guard (0..<geometry.grid.count).contains(tile.index) else { return .drop(.noSuchTile) }
        switch result.outcome {
        case .pixels(let size, let format), .written(let size, let format):
            let region = geometry.grid[tile.index]
            guard size == region.size, format == geometry.output else { return .drop(.wrongPixels) }
            let wasInFlight = passes[pass]?.state(tile.index) == .inFlight
            let lifetime = passes[pass]?.lifetime(tile.index) ?? .zero
            guard
                let attempts = passes[pass]?.accept(tile.index, attempt: result.attempt, now: now)
            else { return drop(result, .duplicate) }
            if let answered = attempts.answered { window.release(answered.partition, bytes: answered.bytes) }
            attempts.unanswered.forEach { abandon($0, of: tile, lifetime: lifetime) }
            if wasInFlight { inFlight -= 1 }
            pace.add(result.milliseconds)
            return .write(region)
        case .unreachable:
            return setBack(result, counting: false) ?? .sendPixels
        case .failure(let reason):
            // A partition with tiles may be reassigned to a worker that does not know their steps.
            let isMisplaced = knownSteps[result.worker].map { passes[pass]?.steps.isSubset(of: $0) == false } ?? false
            if let verdict = setBack(result, counting: !isMisplaced) { return verdict }
            let failedAttempts = passes[pass]?.failedAttempts(tile.index) ?? 0
            guard failedAttempts < limits.attempts else {
                return .fail(
                    reason: "\(TileName(tile, in: geometry.grid)) failed \(failedAttempts) times, last with: \(reason)")
            }
            return .resend
        }
    }

    /// Handles a result without pixels.
    /// - Returns: the verdict; `nil` if the attempt was awaited, so that the caller decides.
    private mutating func setBack(_ result: TileResult, counting: Bool) -> Verdict? {
        let tile = result.tile
        guard
            let (attempt, setback) = passes[PassID(of: tile)]?.fail(
                tile.index, attempt: result.attempt, counting: counting),
            let attempt
        else { return drop(result, .duplicate) }
        window.release(attempt.partition, bytes: attempt.bytes)
        guard setback != .none else { return .drop(.duplicate) }
        if setback == .waits { inFlight -= 1 }
        return nil
    }

    /// Drops a result, and frees the capacity of the attempt that it answers.
    mutating func drop(_ result: TileResult, _ reason: Drop) -> Verdict {
        if let attempt = abandoned.take(result.tile, attempt: result.attempt) {
            window.release(attempt.partition, bytes: attempt.bytes)
        }
        return .drop(reason)
    }

    /// Notes that an accepted tile's pixels are written. Returns whether its pass is complete.
    mutating func finish(_ tile: TileID) -> Bool {
        passes[PassID(of: tile)]?.finish(tile.index) ?? false
    }

    /// Notes that the transport has a tile. From now on it can be late.
    mutating func handOver(_ dispatch: Dispatch, now: ContinuousClock.Instant) {
        for index in dispatch.indices {
            passes[PassID(of: dispatch.tile)]?.handOver(index, attempt: dispatch.attempt, now: now)
        }
    }

    /// Takes back tiles that could not be sent. They wait again.
    /// - Parameter isCurrent: whether the pass is still the one for which they were sent.
    mutating func sendFailed(_ dispatch: Dispatch, isCurrent: Bool = true) {
        // Each goes to the front of the queue, so the first one is the last to go there.
        for single in dispatch.singles.reversed() { unsend(single, isCurrent: isCurrent) }
    }

    private mutating func unsend(_ dispatch: Dispatch, isCurrent: Bool) {
        let tile = dispatch.tile
        if isCurrent, let (attempt, waits) = passes[PassID(of: tile)]?.unsend(tile.index, attempt: dispatch.attempt) {
            window.release(attempt.partition, bytes: attempt.bytes)
            if waits { inFlight -= 1 }
        } else if let attempt = abandoned.take(tile, attempt: dispatch.attempt) {
            window.release(attempt.partition, bytes: attempt.bytes)
        }
    }

    /// Finds late tiles. Some are resent, and some fail permanently.
    mutating func tick(now: ContinuousClock.Instant, answering: Answering) -> Lateness {
        guard answering != .no, !limits.isLossless else {
            for pass in passes.keys { passes[pass]?.restartClocks(now: now) }
            abandoned.restartClocks(now: now)
            return Lateness()
        }
        var lateness = Lateness()
        for pass in Array(passes.keys) {
            for index in passes[pass]?.late(now: now) ?? [] {
                let failedAttempts = (passes[pass]?.failedAttempts(index) ?? 0) + 1
                let isLast = failedAttempts >= limits.attempts
                passes[pass]?.takeBackLate(index, counting: !isLast || answering == .yes)
                inFlight -= 1
                let tile = pass.tile(index)
                guard isLast, answering == .yes else {
                    lateness.resend.append(tile)
                    continue
                }
                let workers = lostWorkers(pass, index)
                lateness.givenUp[tile] =
                    "\(name(tile)) failed after \(failedAttempts) attempts, the last one without an answer"
                    + (workers.isEmpty ? "" : "; workers lost while they had it: \(workers)")
            }
            passes[pass]?.takeLost(now: now).forEach { window.release($0.partition, bytes: $0.bytes) }
        }
        abandoned.takeExpired(now: now).forEach { window.release($0.partition, bytes: $0.bytes) }
        return lateness
    }

    /// Takes back the tiles of a lost worker. They are resent at once.
    mutating func lose(_ worker: LostWorker) -> Lateness {
        var lateness = Lateness()
        // Another worker may already have some of its partitions. What was sent to these after the lost worker's last
        // heartbeat is with the other worker.
        let taken = worker.partitions.filter { window.isTaken($0, from: worker.id) }
        for pass in Array(passes.keys) {
            let suspect = worker.alone.flatMap { $0.job == pass.job && $0.pass == pass.number ? $0 : nil }
            let had =
                passes[pass]?.lose(worker.id, alone: suspect) { attempt in
                    guard worker.partitions.contains(attempt.partition) else { return false }
                    return !taken.contains(attempt.partition) || attempt.time <= worker.heard
                } ?? []
            for (index, waits) in had {
                let tile = pass.tile(index)
                if waits { inFlight -= 1 }
                if passes[pass]?.isDeadly(index, limit: limits.attempts) ?? false {
                    lateness.givenUp[tile] =
                        "\(name(tile)) crashed the workers that worked on it: \(lostWorkers(pass, index))"
                } else if waits {
                    lateness.resend.append(tile)
                }
            }
        }
        return lateness
    }

    /// The tile's name for people, with row and column. If its pass has ended, with its index.
    func name(_ tile: TileID) -> String {
        passes[PassID(of: tile)].map { "\(TileName(tile, in: $0.geometry.grid))" } ?? "tile \(tile.index)"
    }

    /// A tile's last unanswered attempt, and the owner of its partition, if it is known.
    func lastAttempt(at tile: TileID) -> (number: Int, worker: String?)? {
        passes[PassID(of: tile)]?.lastAttempt(tile.index).map { ($0.number, window.owner(of: $0.partition)) }
    }

    private func lostWorkers(_ pass: PassID, _ index: Int) -> String {
        (passes[pass]?.lostWith(index) ?? []).joined(separator: ", ")
    }

    /// The number of tiles of all jobs that wait to be sent.
    var waiting: Int { passes.values.reduce(0) { $0 + $1.remaining } - inFlight }

    /// The current states of a pass's tiles.
    func states(_ pass: PassID) -> ((Int) -> PassProgress.State)? { passes[pass].map { $0.state } }
}

extension TileResult {
    /// The result of one of `count` tiles that were computed together.
    fileprivate func part(_ index: Int, of count: Int, _ outcome: Outcome? = nil) -> TileResult {
        TileResult(
            tile: TileID(job: tile.job, pass: tile.pass, index: index), attempt: attempt, worker: worker,
            milliseconds: milliseconds / Double(count), cpuMilliseconds: cpuMilliseconds / Double(count),
            outcome: outcome ?? self.outcome, loan: loan)
    }
}
