import DequeModule
import TileCore

/// Decides which tile is sent next and where to, which result counts, and when a tile is sent again. Does no I/O: the
/// `Dispatcher` owns it and does what it says.
struct Scheduler: Sendable {
    struct Limits: Sendable {
        /// Tiles in flight for each slot of a worker: one in hand, the others on their way.
        var tilesPerSlot = 3
        /// Tiles in flight while no worker has told of itself. Workers need not send heartbeats.
        var minimumTiles = 4
        var partitionBytes = EmbeddedBroker.partitionBytes
        /// Times that a tile is sent before its job fails.
        var attempts = 4
    }

    struct Dispatch: Sendable, Equatable {
        let tile: TileID
        let partition: Int
        let attempt: Int
    }

    /// What becomes of a result.
    enum Verdict: Sendable, Equatable {
        /// Write these pixels, then call `finish`.
        case write(TileRegion)
        /// Nobody waits for it (any more).
        case drop(Drop)
        /// The worker could not do it; the tile goes out again.
        case again
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
    /// Whose turn it is: a job goes to the back with every tile that it sends.
    private var turns: Deque<JobID> = []
    private(set) var inFlight = 0

    init(partitions: Int, limits: Limits = Limits()) {
        self.limits = limits
        window = PartitionWindow(partitions: partitions, capacity: limits.partitionBytes)
    }

    /// How many tiles may be in flight.
    var windowTiles: Int { max(limits.minimumTiles, limits.tilesPerSlot * slots) }

    mutating func setFleet(slots: Int, owners: [Int: PartitionWindow.Owner]) {
        self.slots = slots
        window.setOwners(owners)
    }

    /// Adds a pass; the job must have none.
    mutating func begin(_ job: JobID, pass: Int, geometry: PassGeometry, missing: [Int]) {
        precondition(passes[job] == nil, "job \(job) has a pass already")
        passes[job] = (pass, PassProgress(geometry: geometry, missing: missing))
        turns.append(job)
    }

    /// Takes a pass out, finished or not; late results of it will be dropped.
    mutating func end(_ job: JobID) {
        guard let (_, progress) = passes.removeValue(forKey: job) else { return }
        inFlight -= progress.outCount
        progress.outstanding.forEach { window.release($0.partition, bytes: $0.bytes) }
        turns.removeAll { $0 == job }
    }

    /// The next tile to send, where the window has room for one.
    mutating func next(now: ContinuousClock.Instant) -> Dispatch? {
        guard inFlight < windowTiles else { return nil }
        for _ in turns.indices {
            guard let job = turns.popFirst() else { return nil }
            turns.append(job)
            guard let pass = passes[job]?.pass, let index = passes[job]?.progress.next,
                let bytes = passes[job]?.progress.geometry.bytes(index),
                // A tile that fits nowhere may be larger than the next job's.
                let partition = window.place(bytes),
                let attempt = passes[job]?.progress.sendNext(partition: partition, bytes: bytes, now: now)
            else { continue }
            inFlight += 1
            return Dispatch(tile: TileID(job: job, pass: pass, index: index), partition: partition, attempt: attempt)
        }
        return nil
    }

    mutating func receive(_ result: TileResult, now: ContinuousClock.Instant) -> Verdict {
        let tile = result.tile
        guard let geometry = passes[tile.job]?.progress.geometry else { return .drop(.unknownJob) }
        guard passes[tile.job]?.pass == tile.pass else { return .drop(.otherPass) }
        guard (0..<geometry.grid.count).contains(tile.index) else { return .drop(.noSuchTile) }
        switch result.outcome {
        case .pixels(let size, let format):
            let region = geometry.grid[tile.index]
            guard size == region.size, format == geometry.output else { return .drop(.wrongPixels) }
            let wasOut = passes[tile.job]?.progress.state(tile.index) == .out
            guard let issues = passes[tile.job]?.progress.accept(tile.index, attempt: result.attempt, now: now) else {
                return .drop(.duplicate)
            }
            issues.forEach { window.release($0.partition, bytes: $0.bytes) }
            if wasOut { inFlight -= 1 }
            return .write(region)
        case .failure(let reason):
            guard let issue = passes[tile.job]?.progress.giveUp(tile.index, attempt: result.attempt) else {
                return .drop(.duplicate)
            }
            window.release(issue.partition, bytes: issue.bytes)
            inFlight -= 1
            guard result.attempt < limits.attempts else {
                return .fail(reason: "tile \(tile.index) failed \(result.attempt) times, last with: \(reason)")
            }
            return .again
        }
    }

    /// An accepted tile's pixels are written. Returns whether its pass is complete.
    mutating func finish(_ tile: TileID) -> Bool {
        guard passes[tile.job]?.pass == tile.pass else { return false }
        return passes[tile.job]?.progress.finish(tile.index) ?? false
    }

    /// A tile could not be handed to the cluster; it waits again.
    mutating func sendFailed(_ dispatch: Dispatch) {
        let tile = dispatch.tile
        guard passes[tile.job]?.pass == tile.pass,
            let issue = passes[tile.job]?.progress.unsend(tile.index, attempt: dispatch.attempt)
        else { return }
        window.release(issue.partition, bytes: issue.bytes)
        inFlight -= 1
    }

    /// What time brings: tiles to send again, and jobs to give up. While nobody is there who could answer, no tile is
    /// late.
    mutating func tick(now: ContinuousClock.Instant, someoneAnswers: Bool) -> Lateness {
        var lateness = Lateness()
        for job in Array(passes.keys) {
            guard someoneAnswers else {
                passes[job]?.progress.restartClocks(now: now)
                continue
            }
            guard let pass = passes[job]?.pass, let late = passes[job]?.progress.late(now: now) else { continue }
            for (index, attempt) in late {
                let tile = TileID(job: job, pass: pass, index: index)
                if attempt < limits.attempts {
                    passes[job]?.progress.sendAgain(index)
                    inFlight -= 1
                    lateness.again.append(tile)
                } else {
                    lateness.givenUp.append(tile)
                }
            }
            passes[job]?.progress.takeLost(now: now).forEach { window.release($0.partition, bytes: $0.bytes) }
        }
        return lateness
    }

    struct Lateness: Sendable, Equatable {
        var again: [TileID] = []
        var givenUp: [TileID] = []
    }

    /// Tiles of all jobs that wait to be sent.
    var waiting: Int { passes.values.reduce(0) { $0 + $1.progress.remaining } - inFlight }

    /// The states of a job's tiles as they are now, where it has a pass.
    func states(_ job: JobID) -> (pass: Int, state: (Int) -> PassProgress.State)? {
        passes[job].map { ($0.pass, $0.progress.state) }
    }
}
