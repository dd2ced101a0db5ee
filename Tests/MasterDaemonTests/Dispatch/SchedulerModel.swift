import Testing
import TileCore

@testable import MasterDaemon

/// A scheduler together with the simplest model of it: lists of what was sent and what came back. Each step changes both
/// and compares them.
struct SchedulerModel {
    struct Job {
        let geometry: PassGeometry
        let lending: PassProgress.Lending
        var pass = 0
        /// How often it was begun. Each run has a loan of its own.
        var runs = 0
        /// The complete rows of the source, and the writable rows of the target, from the top.
        var rows = 0
        var writableRows = 0
        /// How often pixels of each tile were accepted.
        var accepted: [Int: Int] = [:]
        /// Accepted tiles of this run whose pixels are being written.
        var unwritten: [Int] = []
        /// Tiles that this run still has to write.
        var remaining = 0
        var isActive = false
    }

    /// An attempt, and the run that sent it.
    struct Sent: Equatable {
        let dispatch: Scheduler.Dispatch
        let run: Int
    }

    /// The capacity that an attempt takes of a partition until it is answered.
    private struct Outstanding {
        let tile: TileID
        let attempt: Int
        let partition: Int
        let bytes: Int
    }

    private(set) var jobs: [JobID: Job] = [:]
    private var scheduler: Scheduler
    private var clock = FakeClock()
    /// The awaited attempts of each tile.
    private var inFlight: [TileID: Set<Int>] = [:]
    /// How often each tile of this run was late or failed.
    private var failedAttempts: [TileID: Int] = [:]
    /// The unanswered attempts of tiles that still need an answer.
    private var outstanding: [Outstanding] = []
    /// The abandoned attempts.
    private var abandoned: [Outstanding] = []
    private var owners: [Int: PartitionWindow.Owner] = [:]
    private var borrowers: Set<Int> = []
    /// What a lent tile takes of a partition.
    private static let lentBytes = 10
    /// The largest group that was sent.
    private(set) var largestGroup = 0
    /// All attempts that may ever be answered.
    private(set) var sent: [Sent] = []
    private let capacity: Int
    private let partitions: Int

    init(partitions: Int, capacity: Int) {
        var limits = Scheduler.Limits()
        limits.partitionBytes = capacity
        limits.lentBytes = Self.lentBytes
        scheduler = Scheduler(partitions: partitions, limits: limits)
        self.partitions = partitions
        self.capacity = capacity
    }

    var isDone: Bool { jobs.values.allSatisfy { $0.accepted.count == $0.geometry.grid.count && !$0.isActive } }

    var sendable: Bool {
        jobs.contains { id, job in
            job.isActive && missing(id).contains { inFlight[$0] == nil && hasRows($0, job) }
        }
    }

    private func hasRows(_ tile: TileID, _ job: Job) -> Bool {
        let (needed, written) = (job.geometry.source(tile.index), job.geometry.grid[tile.index])
        return needed.rows.upperBound <= job.rows && written.rows.upperBound <= job.writableRows
    }

    mutating func add(_ geometry: PassGeometry, lending: PassProgress.Lending) {
        let id = JobID.make()
        jobs[id] = Job(geometry: geometry, lending: lending)
        begin(id)
    }

    /// Adds complete rows of the source, and writable rows of the target.
    mutating func add(rows: Int, writable: Int, to id: JobID) {
        guard let job = jobs[id] else { return }
        let height = job.geometry.grid.image.height
        jobs[id]?.rows = min(height, job.rows + rows)
        jobs[id]?.writableRows = min(height, job.writableRows + writable)
        // The scheduler ignores the rows of a pass that is not under way.
        scheduler.setRows(min(height, job.rows + rows), of: PassID(job: id, number: job.pass))
        scheduler.setWritableRows(min(height, job.writableRows + writable), of: PassID(job: id, number: job.pass))
    }

    mutating func setFleet(slots: Int, owners: [Int: PartitionWindow.Owner], borrowers: Set<Int>) {
        self.owners = owners
        self.borrowers = borrowers
        scheduler.setFleet(slots: slots, owners: owners, borrowers: borrowers)
    }

    mutating func pass(time: Duration) { clock.advance(time) }

    // MARK: Steps

    /// Sends a tile, or a group of lent tiles. Returns false if none can be sent.
    mutating func dispatch() -> Bool {
        guard let dispatch = scheduler.sendNext(now: clock.now) else {
            let isEmpty = inFlight.isEmpty && outstanding.isEmpty && abandoned.isEmpty
            #expect(!(isEmpty && sendable), "an empty window takes nothing")
            return false
        }
        largestGroup = max(largestGroup, dispatch.count)
        #expect(
            dispatch.isLent
                == (dispatch.attempt == 1 && borrowers.contains(dispatch.partition)
                    && jobs[dispatch.tile.job]?.lending != PassProgress.Lending.none))
        #expect(dispatch.count == 1 || dispatch.isLent && jobs[dispatch.tile.job]?.lending == .inGroups)
        // All tiles of a record are in one row; otherwise this ends the test.
        _ = jobs[dispatch.tile.job]?.geometry.grid[dispatch.indices]
        for single in dispatch.singles { noteSent(single) }
        #expect(scheduler.inFlight <= scheduler.windowTiles)
        sent.append(Sent(dispatch: dispatch, run: jobs[dispatch.tile.job]?.runs ?? 0))
        return true
    }

    private mutating func noteSent(_ dispatch: Scheduler.Dispatch) {
        let tile = dispatch.tile
        #expect(jobs[tile.job]?.isActive == true && missing(tile.job).contains(tile))
        #expect(jobs[tile.job].map { hasRows(tile, $0) } == true)
        #expect(dispatch.isSpeculative == (inFlight[tile] != nil))
        let tried = outstanding.filter { $0.tile == tile }.map(\.partition)
        #expect(!dispatch.isSpeculative || inFlight[tile]?.count == 1 && !tried.contains(dispatch.partition))
        #expect(inFlight[tile, default: []].insert(dispatch.attempt).inserted)
        outstanding.append(
            Outstanding(
                tile: tile, attempt: dispatch.attempt, partition: dispatch.partition,
                bytes: dispatch.isLent ? Self.lentBytes : jobs[tile.job]?.geometry.bytes(tile.index) ?? 0))
    }

    mutating func answer(_ sent: Sent) {
        let dispatch = sent.dispatch
        guard let job = jobs[dispatch.tile.job] else { return }
        let size = job.geometry.grid[dispatch.indices].size
        let outcome = dispatch.isLent ? TileResult.Outcome.written(size, .gray(.eight)) : .pixels(size, .gray(.eight))
        let result = result(dispatch, outcome)
        guard !isOfAnotherCanvas(sent, job) else { return dropOtherCanvas(result, dispatch) }
        guard let results = scheduler.split(result) else {
            Issue.record("\(dispatch) is answered with the pixels of no tiles")
            return
        }
        #expect(!job.isActive || results.map(\.tile) == dispatch.singles.map(\.tile))
        for result in results { take(result) }
    }

    /// Fast tiles, so that groups are sent.
    private func result(_ dispatch: Scheduler.Dispatch, _ outcome: TileResult.Outcome) -> TileResult {
        TileResult(
            tile: dispatch.tile, attempt: dispatch.attempt, worker: "worker-1", milliseconds: 1, outcome: outcome,
            loan: dispatch.isLent ? TileResult.Loan(id: "a", tiles: dispatch.count) : nil)
    }

    /// The dispatcher compares loans only with those of passes under way.
    private func isOfAnotherCanvas(_ sent: Sent, _ job: Job) -> Bool {
        sent.dispatch.isLent && job.isActive && sent.run != job.runs
    }

    private mutating func dropOtherCanvas(_ result: TileResult, _ dispatch: Scheduler.Dispatch) {
        #expect(scheduler.dropOtherCanvas(result) == .drop(.otherCanvas))
        for single in dispatch.singles { _ = Self.take(single.tile, single.attempt, from: &abandoned) }
    }

    private mutating func take(_ result: TileResult) {
        let tile = result.tile
        guard let job = jobs[tile.job] else { return }
        let region = job.geometry.grid[tile.index]
        let verdict = scheduler.receive(result, now: clock.now)
        guard job.isActive, job.accepted[tile.index] == nil else {
            takeAbandoned(result)
            return #expect(verdict == .drop(job.isActive ? .duplicate : .unknownJob))
        }
        #expect(verdict == .write(region))
        jobs[tile.job]?.accepted[tile.index, default: 0] += 1
        jobs[tile.job]?.unwritten.append(tile.index)
        inFlight[tile] = nil
        _ = takeCapacity(tile, result.attempt)
        abandon { $0 == tile }
    }

    mutating func fail(_ sent: Sent) {
        guard let job = jobs[sent.dispatch.tile.job] else { return }
        let failure = result(sent.dispatch, .failure(reason: "no memory"))
        guard !isOfAnotherCanvas(sent, job) else { return dropOtherCanvas(failure, sent.dispatch) }
        let results = scheduler.split(failure) ?? []
        #expect(results.count == sent.dispatch.count)
        for result in results { takeFailure(result) }
    }

    private mutating func takeFailure(_ result: TileResult) {
        let tile = result.tile
        let verdict = scheduler.receive(result, now: clock.now)
        guard jobs[tile.job]?.isActive == true else {
            takeAbandoned(result)
            return #expect(verdict == .drop(.unknownJob))
        }
        if !takeCapacity(tile, result.attempt) { takeAbandoned(result) }
        guard stopWaiting(for: tile, result.attempt) else { return #expect(verdict == .drop(.duplicate)) }
        failedAttempts[tile, default: 0] += 1
        guard failedAttempts[tile] == 4 else { return #expect(verdict == .resend) }
        guard case .fail = verdict else {
            Issue.record("\(verdict) after four failures")
            return
        }
        restart(tile.job)
    }

    /// The cluster did not take the attempt, so it will never be answered.
    mutating func failToSend(_ failed: Sent) {
        let dispatch = failed.dispatch
        sent.removeAll { $0 == failed }
        scheduler.sendFailed(dispatch)
        for single in dispatch.singles {
            if takeCapacity(single.tile, single.attempt) {
                _ = stopWaiting(for: single.tile, single.attempt)
            } else {
                _ = Self.take(single.tile, single.attempt, from: &abandoned)
            }
        }
    }

    /// Finishes the tile whose pixels were accepted first.
    mutating func write(_ id: JobID) {
        guard let job = jobs[id], job.isActive, let index = job.unwritten.first else { return }
        let isComplete = scheduler.finish(TileID(job: id, pass: job.pass, index: index))
        jobs[id]?.unwritten.removeFirst()
        jobs[id]?.remaining -= 1
        #expect(isComplete == (job.remaining == 1))
        if isComplete { end(id) }
    }

    /// Advances the clock so far that every attempt is late, and that the capacity of every abandoned attempt is freed.
    mutating func passAges() {
        clock.advance(.seconds(100_000))
        let lateness = scheduler.tick(now: clock.now, answering: .yes)
        for tile in inFlight.keys { failedAttempts[tile, default: 0] += 1 }
        #expect(Set(lateness.resend) == Set(inFlight.keys.filter { failedAttempts[$0] != 4 }))
        #expect(Set(lateness.givenUp.keys) == Set(inFlight.keys.filter { failedAttempts[$0] == 4 }))
        inFlight = [:]
        outstanding = []
        abandoned = []
        for id in Set(lateness.givenUp.keys.map(\.job)) { restart(id) }
    }

    mutating func passAgesWithoutWorkers() {
        clock.advance(.seconds(100_000))
        #expect(scheduler.tick(now: clock.now, answering: .no) == Scheduler.Lateness())
    }

    /// A worker is lost. Its attempts are not awaited any more, but may still be answered.
    mutating func lose(_ worker: String) {
        let mine = Set(owners.filter { $0.value.worker == worker }.keys)
        let lateness = scheduler.lose(
            LostWorker(id: worker, partitions: mine, heard: clock.now, alone: nil))
        var resend: Set<TileID> = []
        for attempt in outstanding where owners[attempt.partition]?.worker == worker {
            guard inFlight[attempt.tile]?.remove(attempt.attempt) != nil, inFlight[attempt.tile] == [] else { continue }
            inFlight[attempt.tile] = nil
            resend.insert(attempt.tile)
        }
        #expect(Set(lateness.resend) == resend)
        #expect(lateness.givenUp.isEmpty)
    }

    /// Cancels or fails the job, and then retries it.
    mutating func restart(_ id: JobID) {
        guard jobs[id]?.isActive == true else { return }
        end(id)
        if !missing(id).isEmpty { begin(id) }
    }

    // MARK: Comparing

    func check() {
        #expect(scheduler.inFlight == inFlight.count)
        let outstanding = outstanding + abandoned
        #expect(scheduler.window.outstandingBytes == outstanding.reduce(0) { $0 + $1.bytes })
        for partition in 0..<partitions {
            let mine = outstanding.filter { $0.partition == partition }
            #expect(mine.count <= 1 || mine.reduce(0) { $0 + $1.bytes } <= capacity)
        }
        #expect(jobs.values.allSatisfy { $0.accepted.values.allSatisfy { $0 == 1 } })
    }

    private func missing(_ id: JobID) -> [TileID] {
        guard let job = jobs[id] else { return [] }
        return (0..<job.geometry.grid.count).filter { job.accepted[$0] == nil }.map {
            TileID(job: id, pass: job.pass, index: $0)
        }
    }

    private mutating func begin(_ id: JobID) {
        let missing = missing(id).map(\.index)
        jobs[id]?.remaining = missing.count
        jobs[id]?.isActive = true
        jobs[id]?.runs += 1
        scheduler.begin(
            PassID(job: id, number: jobs[id]?.pass ?? 0), geometry: jobs[id]?.geometry ?? .row(of: 1),
            lending: jobs[id]?.lending ?? .none, missing: missing, rows: jobs[id]?.rows,
            writableRows: jobs[id]?.writableRows)
    }

    private mutating func end(_ id: JobID) {
        scheduler.end(id)
        jobs[id]?.isActive = false
        jobs[id]?.unwritten = []
        inFlight = inFlight.filter { $0.key.job != id }
        failedAttempts = failedAttempts.filter { $0.key.job != id }
        abandon { $0.job == id }
    }

    /// Abandons the attempts of these tiles.
    private mutating func abandon(_ isMeant: (TileID) -> Bool) {
        abandoned += outstanding.filter { isMeant($0.tile) }
        outstanding.removeAll { isMeant($0.tile) }
    }

    /// Returns whether the attempt was awaited.
    private mutating func stopWaiting(for tile: TileID, _ attempt: Int) -> Bool {
        guard inFlight[tile]?.remove(attempt) != nil else { return false }
        if inFlight[tile] == [] { inFlight[tile] = nil }
        return true
    }

    private mutating func takeCapacity(_ tile: TileID, _ attempt: Int) -> Bool {
        Self.take(tile, attempt, from: &outstanding)
    }

    private mutating func takeAbandoned(_ result: TileResult) {
        _ = Self.take(result.tile, result.attempt, from: &abandoned)
    }

    private static func take(_ tile: TileID, _ attempt: Int, from outstanding: inout [Outstanding]) -> Bool {
        guard let position = outstanding.firstIndex(where: { $0.tile == tile && $0.attempt == attempt }) else {
            return false
        }
        outstanding.remove(at: position)
        return true
    }
}
