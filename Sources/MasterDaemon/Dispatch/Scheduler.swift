import DequeModule
import TileCore

/// Decides which tile is sent next and where to, which result counts, and when a tile is resent. Does no I/O: the
/// `Dispatcher` owns it and does what it says.
struct Scheduler: Sendable {
    private let limits: Limits
    private(set) var window: PartitionWindow
    private var slots = 0
    /// What each worker online can do.
    private var knownSteps: [String: Set<String>] = [:]
    private var pace = TilePace()
    private var passes: [PassID: PassProgress] = [:]
    /// The passes of each job, the last one first.
    private var order: [JobID: [PassID]] = [:]
    private var abandoned = AbandonedAttempts()
    /// Whose turn it is: a job goes to the back with every tile that it sends.
    private var turns: Deque<JobID> = []
    private(set) var inFlight = 0

    init(partitions: Int, limits: Limits = Limits()) {
        self.limits = limits
        window = PartitionWindow(partitions: partitions, capacity: limits.partitionBytes, total: limits.bytes)
    }

    /// Attempts that nobody waits for and nobody has answered.
    var abandonedCount: Int { abandoned.count }

    /// How many tiles may be in flight.
    var windowTiles: Int { max(limits.minimumTiles, pace.tilesPerSlot(limits.tilesPerSlot) * slots) }

    mutating func setFleet(
        slots: Int, owners: [Int: PartitionWindow.Owner], steps: [String: Set<String>] = [:]
    ) {
        self.slots = slots
        knownSteps = steps
        window.setOwners(owners)
    }

    mutating func grow(toPartitions count: Int) { window.grow(to: count) }

    /// Adds a pass.
    /// - Parameters:
    ///   - steps: the names of its steps: its tiles go to workers that know them.
    ///   - rows: how many rows of its source are complete from the top; `nil` for all.
    ///   - writableRows: how many rows of its target, from the top, may be written; `nil` for all.
    /// - Precondition: it is not there yet. The dispatcher ends an older run's first.
    mutating func begin(
        _ pass: PassID, geometry: PassGeometry, steps: Set<String> = [], missing: [Int], rows: Int? = nil,
        writableRows: Int? = nil
    ) {
        precondition(passes[pass] == nil, "pass \(pass) has begun already")
        // A lossless transport has no workers of other makes or releases.
        passes[pass] = PassProgress(
            geometry: geometry, steps: limits.isLossless ? [] : steps, missing: missing, rows: rows,
            writableRows: writableRows)
        if order[pass.job] == nil { turns.append(pass.job) }
        order[pass.job, default: []].append(pass)
        order[pass.job]?.sort { $0.number > $1.number }
    }

    /// So many rows of the pass's source are complete from the top: tiles that lie in them can be sent.
    mutating func setRows(_ rows: Int, of pass: PassID) { passes[pass]?.rows = rows }

    /// So many rows of the pass's target, from the top, may be written: tiles that end there can be sent.
    mutating func setWritableRows(_ rows: Int, of pass: PassID) { passes[pass]?.writableRows = rows }

    /// Takes a pass out, finished or not; late results of it will be dropped.
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

    /// Nobody waits for the attempt any more. A lossless transport may never answer it, and has no worker whose load
    /// would have to be known.
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
            // The last pass first: its rows are what encoding waits for.
            for pass in order[job] ?? [] {
                guard let sent = sendNext(pass, now) ?? sendSpeculative(pass, now) else { continue }
                return Dispatch(
                    tile: pass.tile(sent.index), partition: sent.partition, attempt: sent.attempt,
                    isSpeculative: sent.isSpeculative)
            }
        }
        return nil
    }

    private typealias Sent = (index: Int, partition: Int, attempt: Int, isSpeculative: Bool)

    /// Sends a tile that waits. One that fits nowhere may be larger than the next job's.
    private mutating func sendNext(_ pass: PassID, _ now: ContinuousClock.Instant) -> Sent? {
        guard let index = passes[pass]?.next, let bytes = passes[pass]?.geometry.bytes(index),
            let tried = passes[pass]?.triedPartitions(index),
            let partition = place(bytes, pass, avoiding: tried) ?? (tried.isEmpty ? nil : place(bytes, pass)),
            let attempt = passes[pass]?.sendNext(partition: partition, bytes: bytes, now: now)
        else { return nil }
        inFlight += 1
        return (index, partition, attempt, false)
    }

    /// Chooses a partition whose worker knows the pass's steps. If others do not, it gets no more than its share of the
    /// window: tiles that the others can do would wait behind them.
    private mutating func place(
        _ bytes: Int, _ pass: PassID, avoiding tried: [Int] = [], idle isIdle: Bool = false
    ) -> Int? {
        let steps = passes[pass]?.steps ?? []
        let most = window.isMixed(for: steps) ? Double(pace.tilesPerSlot(limits.tilesPerSlot)) : .infinity
        return window.place(bytes, steps: steps, most: most, avoiding: tried, idle: isIdle)
    }

    /// When a pass has nothing more to send, its slowest tile goes to another worker, too; the first answer counts
    /// (backup tasks: Dean and Ghemawat, MapReduce, 2004).
    private mutating func sendSpeculative(_ pass: PassID, _ now: ContinuousClock.Instant) -> Sent? {
        guard !limits.isLossless, passes[pass]?.isAllSent == true,
            let slow = passes[pass]?.stragglers(now: now)
        else {
            return nil
        }
        for index in slow.indices {
            guard let bytes = passes[pass]?.geometry.bytes(index),
                let tried = passes[pass]?.triedPartitions(index),
                // What is slow is a guess while nothing is known: then only workers that would be idle are asked.
                let partition = place(bytes, pass, avoiding: tried, idle: !slow.isKnown),
                let attempt = passes[pass]?.sendSpeculative(index, partition: partition, bytes: bytes, now: now)
            else { continue }
            return (index, partition, attempt, true)
        }
        return nil
    }

    /// When it was decided to send an attempt that is not answered yet.
    func decision(on tile: TileID, attempt: Int) -> ContinuousClock.Instant? {
        passes[PassID(of: tile)]?.decision(on: tile.index, attempt: attempt)
    }

    mutating func receive(_ result: TileResult, now: ContinuousClock.Instant) -> Verdict {
        let tile = result.tile
        let pass = PassID(of: tile)
        guard let geometry = passes[pass]?.geometry else {
            return drop(result, order[tile.job] == nil ? .unknownJob : .otherPass)
        }
        guard (0..<geometry.grid.count).contains(tile.index) else { return .drop(.noSuchTile) }
        switch result.outcome {
        case .pixels(let size, let format), .written(let size, let format, _):
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
            // A partition may go to a worker that does not know the steps while tiles lie in it.
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

    /// An attempt brought no pixels.
    /// - Returns: what it comes to; `nil` if the tile was waited for.
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

    /// Nobody waits for this answer, but what it answers is through now.
    mutating func drop(_ result: TileResult, _ reason: Drop) -> Verdict {
        if let attempt = abandoned.take(result.tile, attempt: result.attempt) {
            window.release(attempt.partition, bytes: attempt.bytes)
        }
        return .drop(reason)
    }

    /// An accepted tile's pixels are written. Returns whether its pass is complete.
    mutating func finish(_ tile: TileID) -> Bool {
        passes[PassID(of: tile)]?.finish(tile.index) ?? false
    }

    /// A tile is with the transport for sure: from now on it can be late.
    mutating func handOver(_ dispatch: Dispatch, now: ContinuousClock.Instant) {
        passes[PassID(of: dispatch.tile)]?.handOver(dispatch.tile.index, attempt: dispatch.attempt, now: now)
    }

    /// A tile could not be handed to the cluster; it waits again.
    /// - Parameter isCurrent: whether the pass is still the one that it was sent for.
    mutating func sendFailed(_ dispatch: Dispatch, isCurrent: Bool = true) {
        let tile = dispatch.tile
        if isCurrent, let (attempt, waits) = passes[PassID(of: tile)]?.unsend(tile.index, attempt: dispatch.attempt) {
            window.release(attempt.partition, bytes: attempt.bytes)
            if waits { inFlight -= 1 }
        } else if let attempt = abandoned.take(tile, attempt: dispatch.attempt) {
            window.release(attempt.partition, bytes: attempt.bytes)
        }
    }

    /// What time brings: tiles to resend, and tiles that fail permanently.
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
                    "\(name(tile)) got no answer, however often it was sent"
                    + (workers.isEmpty ? "" : "; while they had it, workers were lost: \(workers)")
            }
            passes[pass]?.takeLost(now: now).forEach { window.release($0.partition, bytes: $0.bytes) }
        }
        abandoned.takeExpired(now: now).forEach { window.release($0.partition, bytes: $0.bytes) }
        return lateness
    }

    /// A worker is lost: what it had is resent at once.
    mutating func lose(_ worker: LostWorker) -> Lateness {
        var lateness = Lateness()
        // Another may have its partitions already: what was sent since its last sign of life went to that one.
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
                        "\(name(tile)) ended each worker that worked on it: \(lostWorkers(pass, index))"
                } else if waits {
                    lateness.resend.append(tile)
                }
            }
        }
        return lateness
    }

    /// What people call a tile. Of a pass that is gone, its index says it.
    func name(_ tile: TileID) -> String {
        passes[PassID(of: tile)].map { "\(TileName(tile, in: $0.geometry.grid))" } ?? "tile \(tile.index)"
    }

    /// The last attempt at a tile that is not answered, and who has its partition, if anybody is known to.
    func lastAttempt(at tile: TileID) -> (number: Int, worker: String?)? {
        passes[PassID(of: tile)]?.lastAttempt(tile.index).map { ($0.number, window.owner(of: $0.partition)) }
    }

    private func lostWorkers(_ pass: PassID, _ index: Int) -> String {
        (passes[pass]?.lostWith(index) ?? []).joined(separator: ", ")
    }

    /// Tiles of all jobs that wait to be sent.
    var waiting: Int { passes.values.reduce(0) { $0 + $1.remaining } - inFlight }

    /// The states of a pass's tiles as they are now.
    func states(_ pass: PassID) -> ((Int) -> PassProgress.State)? { passes[pass].map { $0.state } }
}
