import DequeModule
import TileCore

/// Decides which tile is sent next and where to, which result counts, and when a tile is resent. Does no I/O: the
/// `Dispatcher` owns it and does what it says.
struct Scheduler: Sendable {
    struct Limits: Sendable {
        /// Tiles in flight for each slot of a worker: one in hand, the others on their way.
        var tilesPerSlot = 3
        /// Tiles in flight while no worker has told of itself. Workers need not send heartbeats.
        var minimumTiles = 4
        /// Bytes outstanding in one partition, unless a single tile is larger.
        var partitionBytes = EmbeddedBroker.partitionBytes
        /// Bytes outstanding in all, from the moment in which a tile is cut until it is answered, unless a single tile
        /// is larger.
        var bytes = 512 << 20
        /// Nothing is ever lost on the way: no tile is late, and none is sent twice.
        var isLossless = false
        /// Times that a tile is late or fails before its job does.
        var attempts = 4
    }

    struct Dispatch: Sendable, Equatable {
        let tile: TileID
        let partition: Int
        let attempt: Int
        /// Another attempt is in flight, at a slow worker.
        var isSpeculative = false
    }

    /// What becomes of a result.
    enum Verdict: Sendable, Equatable {
        /// Write these pixels, then call `finish`.
        case write(TileRegion)
        /// Nobody waits for it (any more).
        case drop(Drop)
        /// The worker could not do it; the tile is resent, or another attempt of it is in flight already.
        case resend
        /// The worker could not do it, and no attempt is left.
        case fail(reason: String)
    }

    enum Drop: String, Sendable, CaseIterable {
        case unknownJob = "unknown_job"
        case otherPass = "other_pass"
        case noSuchTile = "no_such_tile"
        case wrongPixels = "wrong_pixels"
        case duplicate
    }

    private let limits: Limits
    private(set) var window: PartitionWindow
    private var slots = 0
    private var passes: [JobID: (pass: Int, progress: PassProgress)] = [:]
    private var abandoned = AbandonedAttempts()
    /// Whose turn it is: a job goes to the back with every tile that it sends.
    private var turns: Deque<JobID> = []
    private(set) var inFlight = 0

    init(partitions: Int, limits: Limits = Limits()) {
        self.limits = limits
        window = PartitionWindow(partitions: partitions, capacity: limits.partitionBytes, total: limits.bytes)
    }

    /// How many tiles may be in flight.
    var windowTiles: Int { max(limits.minimumTiles, limits.tilesPerSlot * slots) }

    mutating func setFleet(slots: Int, owners: [Int: PartitionWindow.Owner]) {
        self.slots = slots
        window.setOwners(owners)
    }

    mutating func grow(toPartitions count: Int) { window.grow(to: count) }

    /// Adds a pass.
    /// - Precondition: the job has none. The dispatcher ends an older one first.
    mutating func begin(_ job: JobID, pass: Int, geometry: PassGeometry, missing: [Int]) {
        precondition(passes[job] == nil, "job \(job) has a pass already")
        passes[job] = (pass, PassProgress(geometry: geometry, missing: missing))
        turns.append(job)
    }

    /// Takes a pass out, finished or not; late results of it will be dropped.
    mutating func end(_ job: JobID) {
        guard let (pass, progress) = passes.removeValue(forKey: job) else { return }
        inFlight -= progress.inFlightCount
        for (index, attempt) in progress.outstanding {
            let tile = TileID(job: job, pass: pass, index: index)
            abandoned.add(attempt, of: tile, lifetime: progress.lifetime(index))
        }
        turns.removeAll { $0 == job }
    }

    /// The next tile to send, if the window has capacity for one.
    mutating func next(now: ContinuousClock.Instant) -> Dispatch? {
        guard inFlight < windowTiles else { return nil }
        for _ in turns.indices {
            guard let job = turns.popFirst() else { return nil }
            turns.append(job)
            guard let pass = passes[job]?.pass, let sent = sendNext(job, now) ?? sendSpeculative(job, now) else {
                continue
            }
            return Dispatch(
                tile: TileID(job: job, pass: pass, index: sent.index), partition: sent.partition,
                attempt: sent.attempt, isSpeculative: sent.isSpeculative)
        }
        return nil
    }

    private typealias Sent = (index: Int, partition: Int, attempt: Int, isSpeculative: Bool)

    /// Sends a tile that waits. One that fits nowhere may be larger than the next job's.
    private mutating func sendNext(_ job: JobID, _ now: ContinuousClock.Instant) -> Sent? {
        guard let index = passes[job]?.progress.next, let bytes = passes[job]?.progress.geometry.bytes(index),
            let tried = passes[job]?.progress.triedPartitions(index),
            let partition = window.place(bytes, avoiding: tried) ?? (tried.isEmpty ? nil : window.place(bytes)),
            let attempt = passes[job]?.progress.sendNext(partition: partition, bytes: bytes, now: now)
        else { return nil }
        inFlight += 1
        return (index, partition, attempt, false)
    }

    /// Where a pass has nothing more to send, its slowest tile goes to another worker, too; the first answer counts
    /// (backup tasks: Dean and Ghemawat, MapReduce, 2004).
    private mutating func sendSpeculative(_ job: JobID, _ now: ContinuousClock.Instant) -> Sent? {
        guard !limits.isLossless, passes[job]?.progress.next == nil,
            let slow = passes[job]?.progress.stragglers(now: now)
        else {
            return nil
        }
        for index in slow.indices {
            guard let bytes = passes[job]?.progress.geometry.bytes(index),
                let tried = passes[job]?.progress.triedPartitions(index),
                // What is slow is a guess while nothing is known: then only who would be idle is asked.
                let partition = window.place(bytes, avoiding: tried, idle: !slow.isKnown),
                let attempt = passes[job]?.progress.sendSpeculative(index, partition: partition, bytes: bytes, now: now)
            else { continue }
            return (index, partition, attempt, true)
        }
        return nil
    }

    mutating func receive(_ result: TileResult, now: ContinuousClock.Instant) -> Verdict {
        let tile = result.tile
        guard let geometry = passes[tile.job]?.progress.geometry else { return drop(result, .unknownJob) }
        guard passes[tile.job]?.pass == tile.pass else { return drop(result, .otherPass) }
        guard (0..<geometry.grid.count).contains(tile.index) else { return .drop(.noSuchTile) }
        switch result.outcome {
        case .pixels(let size, let format):
            let region = geometry.grid[tile.index]
            guard size == region.size, format == geometry.output else { return .drop(.wrongPixels) }
            let wasInFlight = passes[tile.job]?.progress.state(tile.index) == .inFlight
            let lifetime = passes[tile.job]?.progress.lifetime(tile.index) ?? .zero
            guard
                let attempts = passes[tile.job]?.progress.accept(tile.index, attempt: result.attempt, now: now)
            else { return drop(result, .duplicate) }
            if let answered = attempts.answered { window.release(answered.partition, bytes: answered.bytes) }
            attempts.unanswered.forEach { abandoned.add($0, of: tile, lifetime: lifetime) }
            if wasInFlight { inFlight -= 1 }
            return .write(region)
        case .failure(let reason):
            guard let (attempt, setback) = passes[tile.job]?.progress.fail(tile.index, attempt: result.attempt),
                let attempt
            else { return drop(result, .duplicate) }
            window.release(attempt.partition, bytes: attempt.bytes)
            guard setback != .none else { return .drop(.duplicate) }
            if setback == .waits { inFlight -= 1 }
            let failedAttempts = passes[tile.job]?.progress.failedAttempts(tile.index) ?? 0
            guard failedAttempts < limits.attempts else {
                return .fail(reason: "tile \(tile.index) failed \(failedAttempts) times, last with: \(reason)")
            }
            return .resend
        }
    }

    /// Nobody waits for this answer, but what it answers is through now.
    private mutating func drop(_ result: TileResult, _ reason: Drop) -> Verdict {
        if let attempt = abandoned.take(result.tile, attempt: result.attempt) {
            window.release(attempt.partition, bytes: attempt.bytes)
        }
        return .drop(reason)
    }

    /// An accepted tile's pixels are written. Returns whether its pass is complete.
    mutating func finish(_ tile: TileID) -> Bool {
        guard passes[tile.job]?.pass == tile.pass else { return false }
        return passes[tile.job]?.progress.finish(tile.index) ?? false
    }

    /// A tile could not be handed to the cluster; it waits again.
    /// - Parameter isCurrent: whether the pass is still the one that it was sent for.
    mutating func sendFailed(_ dispatch: Dispatch, isCurrent: Bool = true) {
        let tile = dispatch.tile
        if isCurrent, passes[tile.job]?.pass == tile.pass,
            let (attempt, waits) = passes[tile.job]?.progress.unsend(tile.index, attempt: dispatch.attempt)
        {
            window.release(attempt.partition, bytes: attempt.bytes)
            if waits { inFlight -= 1 }
        } else if let attempt = abandoned.take(tile, attempt: dispatch.attempt) {
            window.release(attempt.partition, bytes: attempt.bytes)
        }
    }

    /// Whether there is anyone who could answer.
    enum Answering: Sendable {
        case yes
        /// Someone without heartbeats did, some time ago: late tiles are resent, but none fails.
        case perhaps
        /// No tile is late.
        case no
    }

    /// What time brings: tiles to resend, and tiles that fail permanently.
    mutating func tick(now: ContinuousClock.Instant, answering: Answering) -> Lateness {
        guard answering != .no, !limits.isLossless else {
            for job in Array(passes.keys) { passes[job]?.progress.restartClocks(now: now) }
            abandoned.restartClocks(now: now)
            return Lateness()
        }
        var lateness = Lateness()
        for job in Array(passes.keys) {
            guard let pass = passes[job]?.pass, let late = passes[job]?.progress.late(now: now) else { continue }
            for index in late {
                let failedAttempts = (passes[job]?.progress.failedAttempts(index) ?? 0) + 1
                let isLast = failedAttempts >= limits.attempts
                passes[job]?.progress.takeBackLate(index, counting: !isLast || answering == .yes)
                inFlight -= 1
                let tile = TileID(job: job, pass: pass, index: index)
                guard isLast, answering == .yes else {
                    lateness.resend.append(tile)
                    continue
                }
                let workers = lostWorkers(job, index)
                lateness.givenUp[tile] =
                    "tile \(index) got no answer, however often it was sent"
                    + (workers.isEmpty ? "" : "; while they had it, workers went silent: \(workers)")
            }
            passes[job]?.progress.takeLost(now: now).forEach { window.release($0.partition, bytes: $0.bytes) }
        }
        abandoned.takeExpired(now: now).forEach { window.release($0.partition, bytes: $0.bytes) }
        return lateness
    }

    /// A worker is lost: what it had is resent at once.
    mutating func lose(_ worker: LostWorker) -> Lateness {
        var lateness = Lateness()
        // Another may have its partitions already: what was sent since its last sign of life went to that one.
        let taken = worker.partitions.filter { window.isTaken($0, from: worker.id) }
        for job in Array(passes.keys) {
            guard let pass = passes[job]?.pass else { continue }
            let suspect = worker.alone.flatMap { $0.job == job && $0.pass == pass ? $0 : nil }
            let had =
                passes[job]?.progress.lose(worker.id, alone: suspect) { attempt in
                    guard worker.partitions.contains(attempt.partition) else { return false }
                    return !taken.contains(attempt.partition) || attempt.time <= worker.heard
                } ?? []
            for (index, waits) in had {
                let tile = TileID(job: job, pass: pass, index: index)
                if waits { inFlight -= 1 }
                if passes[job]?.progress.isDeadly(index, limit: limits.attempts) ?? false {
                    lateness.givenUp[tile] =
                        "tile \(index) ended each worker that worked on it: \(lostWorkers(job, index))"
                } else if waits {
                    lateness.resend.append(tile)
                }
            }
        }
        return lateness
    }

    private func lostWorkers(_ job: JobID, _ index: Int) -> String {
        (passes[job]?.progress.lostWith(index) ?? []).joined(separator: ", ")
    }

    struct Lateness: Sendable, Equatable {
        var resend: [TileID] = []
        /// With the reason.
        var givenUp: [TileID: String] = [:]
    }

    /// Tiles of all jobs that wait to be sent.
    var waiting: Int { passes.values.reduce(0) { $0 + $1.progress.remaining } - inFlight }

    /// The states of a job's tiles as they are now, if it has a pass.
    func states(_ job: JobID) -> (pass: Int, state: (Int) -> PassProgress.State)? {
        passes[job].map { ($0.pass, $0.progress.state) }
    }
}
