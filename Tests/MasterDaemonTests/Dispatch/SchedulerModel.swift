import Testing
import TileCore

@testable import MasterDaemon

/// A scheduler beside the simplest account of what it has to know: lists of what was sent and what came back. Each
/// step does the same to both and compares.
struct SchedulerModel {
    struct Job {
        let geometry: PassGeometry
        var pass = 0
        /// Who had pixels accepted, and how often.
        var accepted: [Int: Int] = [:]
        /// Accepted tiles of this run whose pixels are being written.
        var unwritten: [Int] = []
        /// Tiles that this run still has to write.
        var remaining = 0
        var isActive = false
    }

    private(set) var jobs: [JobID: Job] = [:]
    private var scheduler: Scheduler
    private var clock = FakeClock()
    /// The attempt of each tile that is waited for.
    private var out: [TileID: Int] = [:]
    /// What each tile's attempts take of which partitions.
    private var rooms: [TileID: [Int: (partition: Int, bytes: Int)]] = [:]
    /// All that may be answered, by anyone, ever.
    private(set) var sent: [Scheduler.Dispatch] = []
    private let capacity: Int
    private let partitions: Int

    init(partitions: Int, capacity: Int) {
        var limits = Scheduler.Limits()
        limits.partitionBytes = capacity
        scheduler = Scheduler(partitions: partitions, limits: limits)
        self.partitions = partitions
        self.capacity = capacity
    }

    var isDone: Bool { jobs.values.allSatisfy { $0.accepted.count == $0.geometry.grid.count && !$0.isActive } }

    var sendable: Bool { jobs.contains { id, job in job.isActive && missing(id).contains { out[$0] == nil } } }

    mutating func add(_ geometry: PassGeometry) {
        let id = JobID.make()
        jobs[id] = Job(geometry: geometry)
        begin(id)
    }

    mutating func setFleet(slots: Int, owners: [Int: PartitionWindow.Owner]) {
        scheduler.setFleet(slots: slots, owners: owners)
    }

    mutating func pass(time: Duration) { clock.advance(time) }

    // MARK: Steps

    /// Sends a tile; false where none can be sent.
    mutating func dispatch() -> Bool {
        guard let dispatch = scheduler.next(now: clock.now) else {
            #expect(!(out.isEmpty && rooms.isEmpty && sendable), "an empty window takes nothing")
            return false
        }
        let tile = dispatch.tile
        #expect(jobs[tile.job]?.isActive == true && missing(tile.job).contains(tile) && out[tile] == nil)
        #expect((1...4).contains(dispatch.attempt))
        #expect(scheduler.inFlight <= scheduler.windowTiles)
        out[tile] = dispatch.attempt
        rooms[tile, default: [:]][dispatch.attempt] = (
            dispatch.partition, jobs[tile.job]?.geometry.bytes(tile.index) ?? 0
        )
        sent.append(dispatch)
        return true
    }

    mutating func answer(_ dispatch: Scheduler.Dispatch) {
        let tile = dispatch.tile
        guard let job = jobs[tile.job] else { return }
        let region = job.geometry.grid[tile.index]
        let result = TileResult.pixels(tile, attempt: dispatch.attempt, size: region.size)
        let verdict = scheduler.receive(result, now: clock.now)
        guard job.isActive else { return #expect(verdict == .drop(.unknownJob)) }
        guard job.accepted[tile.index] == nil else { return #expect(verdict == .drop(.duplicate)) }
        #expect(verdict == .write(region))
        jobs[tile.job]?.accepted[tile.index, default: 0] += 1
        jobs[tile.job]?.unwritten.append(tile.index)
        out[tile] = nil
        rooms[tile] = nil
    }

    mutating func fail(_ dispatch: Scheduler.Dispatch) {
        let tile = dispatch.tile
        let verdict = scheduler.receive(.failure(tile, attempt: dispatch.attempt), now: clock.now)
        guard jobs[tile.job]?.isActive == true else { return #expect(verdict == .drop(.unknownJob)) }
        guard out[tile] == dispatch.attempt else { return #expect(verdict == .drop(.duplicate)) }
        release(dispatch)
        guard dispatch.attempt == 4 else { return #expect(verdict == .again) }
        guard case .fail = verdict else {
            Issue.record("\(verdict) after four failures")
            return
        }
        restart(tile.job)
    }

    /// The cluster did not take it: nobody will ever answer.
    mutating func failToSend(_ dispatch: Scheduler.Dispatch) {
        sent.removeAll { $0 == dispatch }
        scheduler.sendFailed(dispatch)
        if out[dispatch.tile] == dispatch.attempt { release(dispatch) }
    }

    /// The oldest pixels are in the canvas.
    mutating func write(_ id: JobID) {
        guard let job = jobs[id], job.isActive, let index = job.unwritten.first else { return }
        let isComplete = scheduler.finish(TileID(job: id, pass: job.pass, index: index))
        jobs[id]?.unwritten.removeFirst()
        jobs[id]?.remaining -= 1
        #expect(isComplete == (job.remaining == 1))
        if isComplete { end(id) }
    }

    /// So much time passes that every attempt is late, and lost where another one may follow.
    mutating func passAges() {
        clock.advance(.seconds(100_000))
        let lateness = scheduler.tick(now: clock.now, someoneAnswers: true)
        #expect(Set(lateness.again) == Set(out.filter { $0.value < 4 }.keys))
        #expect(Set(lateness.givenUp) == Set(out.filter { $0.value >= 4 }.keys))
        out = out.filter { $0.value >= 4 }
        rooms = rooms.compactMapValues { rooms in rooms.filter { $0.key >= 4 } }.filter { tile, rooms in
            out[tile] != nil && !rooms.isEmpty
        }
        for id in Set(lateness.givenUp.map(\.job)) { restart(id) }
    }

    mutating func passAgesWithoutWorkers() {
        clock.advance(.seconds(100_000))
        #expect(scheduler.tick(now: clock.now, someoneAnswers: false) == Scheduler.Lateness())
    }

    /// Cancelled or failed, and then retried.
    mutating func restart(_ id: JobID) {
        guard jobs[id]?.isActive == true else { return }
        end(id)
        if !missing(id).isEmpty { begin(id) }
    }

    // MARK: Comparing

    func check() {
        #expect(scheduler.inFlight == out.count)
        let rooms = rooms.values.flatMap(\.values)
        #expect(scheduler.window.outstandingBytes == rooms.reduce(0) { $0 + $1.bytes })
        for partition in 0..<partitions {
            let mine = rooms.filter { $0.partition == partition }
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
        scheduler.begin(id, pass: jobs[id]?.pass ?? 0, geometry: jobs[id]?.geometry ?? .row(of: 1), missing: missing)
    }

    private mutating func end(_ id: JobID) {
        scheduler.end(id)
        jobs[id]?.isActive = false
        jobs[id]?.unwritten = []
        out = out.filter { $0.key.job != id }
        rooms = rooms.filter { $0.key.job != id }
    }

    private mutating func release(_ dispatch: Scheduler.Dispatch) {
        out[dispatch.tile] = nil
        rooms[dispatch.tile]?[dispatch.attempt] = nil
        if rooms[dispatch.tile]?.isEmpty == true { rooms[dispatch.tile] = nil }
    }
}
