import Testing
import TileCore

@testable import MasterDaemon

/// Several lent tiles in one record.
@Suite struct SchedulerGroupTests {
    private let clock = FakeClock()
    private let job = JobID.make()
    private var pass: PassID { PassID(job: job, number: 0) }

    /// A scheduler with two workers of one slot each, of which all partitions in `borrowers` are lent to.
    private func scheduler(
        columns: Int = 12, rows: Int = 2, borrowers: Set<Int> = [0, 1], lending: PassProgress.Lending = .inGroups,
        milliseconds: Double? = 1,
        limits: Scheduler.Limits = .init()
    ) -> Scheduler {
        var scheduler = Scheduler(partitions: 2, limits: limits)
        scheduler.setFleet(
            slots: 2,
            owners: [0: .init(worker: "worker-1", slots: 1), 1: .init(worker: "worker-2", slots: 1)],
            borrowers: borrowers)
        if let milliseconds {
            // A tile of another job tells how fast tiles are.
            let other = PassID(job: .make(), number: 0)
            scheduler.begin(other, geometry: .row(of: 1), missing: [0])
            for dispatch in scheduler.fill(now: clock.now) {
                _ = scheduler.complete(dispatch, milliseconds: milliseconds, now: clock.now)
            }
            scheduler.end(other)
        }
        let grid = TileGrid(image: PixelSize(width: columns * 10 - 5, height: rows * 10), tileSize: 10)
        let geometry = PassGeometry(grid: grid, halo: 2, input: .gray(.eight), output: .gray(.eight))
        scheduler.begin(pass, geometry: geometry, lending: lending, missing: Array(0..<grid.count))
        return scheduler
    }

    /// - Parameter tiles: the tiles that the worker says; `nil` for one of an earlier release.
    private func written(_ dispatch: Scheduler.Dispatch, width: Int? = nil, tiles: Int? = nil) -> TileResult {
        TileResult(
            tile: dispatch.tile, attempt: dispatch.attempt, worker: "worker-1", milliseconds: 6, cpuMilliseconds: 3,
            outcome: .written(PixelSize(width: width ?? dispatch.count * 10, height: 10), .gray(.eight)),
            loan: TileResult.Loan(id: "a", tiles: tiles))
    }

    private func failed(_ dispatch: Scheduler.Dispatch) -> TileResult {
        TileResult(
            tile: dispatch.tile, attempt: dispatch.attempt, worker: "worker-1", milliseconds: 1,
            outcome: .failure(reason: "no memory"), loan: TileResult.Loan(id: "a", tiles: dispatch.count))
    }

    /// Each slot gets a part of the row, and no record has tiles of two rows.
    @Test func fastLentTilesOfARowTravelTogether() {
        var scheduler = scheduler()
        let sent = scheduler.fill(now: clock.now)
        #expect(sent.map(\.indices) == [0..<6, 6..<12, 12..<18, 18..<24])
        #expect(sent.allSatisfy { $0.isLent && $0.attempt == 1 })
        #expect(scheduler.inFlight == 24)
        #expect(scheduler.window.outstandingBytes == 24 * Scheduler.Limits().lentBytes)
    }

    @Test(arguments: [
        ([], PassProgress.Lending.inGroups, Optional(1.0)), ([0, 1], .none, 1), ([0, 1], .singly, 1),
        ([0, 1], .inGroups, nil), ([0, 1], .inGroups, 16),
    ])
    func otherTilesTravelAlone(borrowers: [Int], lending: PassProgress.Lending, milliseconds: Double?) {
        var scheduler = scheduler(borrowers: Set(borrowers), lending: lending, milliseconds: milliseconds)
        let sent = scheduler.fill(now: clock.now)
        #expect(!sent.isEmpty && sent.allSatisfy { $0.count == 1 })
        #expect(sent.allSatisfy { $0.isLent == (lending != .none && !borrowers.isEmpty) })
    }

    /// Otherwise a worker would need memory for a whole row.
    @Test func aRecordHasNoMoreThanTheLimits() {
        var limits = Scheduler.Limits()
        limits.groupTiles = 4
        var few = scheduler(limits: limits)
        #expect(few.next(now: clock.now)?.indices == 0..<4)
        // A tile has at most 14 x 12 pixels with its halo.
        limits.groupBytes = 3 * 14 * 12
        var small = scheduler(limits: limits)
        #expect(small.next(now: clock.now)?.indices == 0..<3)
    }

    /// Tiles of a row that are done already are left out.
    @Test func aGapEndsARecord() {
        var scheduler = Scheduler(partitions: 1)
        scheduler.setFleet(slots: 1, owners: [0: .init(worker: "worker-1", slots: 1)], borrowers: [0])
        scheduler.begin(pass, geometry: .row(of: 6), lending: .inGroups, missing: [0, 1, 2, 4, 5])
        let first = scheduler.fill(now: clock.now)
        #expect(first.map(\.count) == [1, 1, 1, 1])
        #expect(scheduler.complete(first[0], milliseconds: 1, now: clock.now) == false)
        scheduler.sendFailed(first[3])
        scheduler.sendFailed(first[2])
        scheduler.sendFailed(first[1])
        #expect(scheduler.fill(now: clock.now).map(\.indices) == [1..<3, 4..<6])
    }

    @Test func anAnswerCompletesAllTilesOfItsRecord() throws {
        var scheduler = scheduler()
        let sent = scheduler.fill(now: clock.now)
        let results = try #require(scheduler.split(written(sent[0])))
        #expect(results.map(\.tile.index) == Array(0..<6))
        #expect(results.allSatisfy { $0.milliseconds == 1 && $0.cpuMilliseconds == 0.5 })
        for result in results {
            let region = TileRegion(x: result.tile.index * 10, y: 0, width: 10, height: 10)
            #expect(scheduler.receive(result, now: clock.now) == .write(region))
        }
        // The last tile of a row is smaller.
        let last = try #require(scheduler.split(written(sent[1], width: 55)))
        #expect(last.map { scheduler.receive($0, now: clock.now) }.count == 6)
        #expect(scheduler.inFlight == 12)
        #expect(scheduler.window.outstandingBytes == 12 * Scheduler.Limits().lentBytes)
    }

    @Test(arguments: [5, 10, 50, 59, 61, 70, 200], [nil, 5, 6]) func pixelsOfAnotherSizeAreOfNoTiles(
        width: Int, tiles: Int?
    ) {
        var scheduler = scheduler()
        let sent = scheduler.fill(now: clock.now)
        #expect(scheduler.split(written(sent[0], width: width, tiles: tiles)) == nil)
    }

    /// A worker that answers for more tiles than it was sent has not written the others.
    @Test func aSingleTileIsAnsweredAlone() {
        var scheduler = scheduler(lending: .singly)
        let sent = scheduler.fill(now: clock.now)
        #expect(scheduler.split(written(sent[0], width: 50, tiles: 5)) == nil)
    }

    /// The attempt may be forgotten by the time of its answer. Then the answer itself tells its tiles.
    @Test func aForgottenAttemptsAnswerCounts() throws {
        var scheduler = scheduler(rows: 1)
        let sent = scheduler.fill(now: clock.now)
        _ = scheduler.tick(now: clock.now + .seconds(100_000), answering: .yes)
        let results = try #require(scheduler.split(written(sent[0], tiles: 6)))
        #expect(
            results.map { scheduler.receive($0, now: clock.now) }.count { if case .write = $0 { true } else { false } }
                == 6)
        #expect(scheduler.window.outstandingBytes == 0)
        for (tile, count) in [(7, 6), (11, 2), (12, 1), (-1, 2)] {
            let dispatch = Scheduler.Dispatch(tile: pass.tile(tile), count: count, partition: 0, attempt: 1)
            let results = scheduler.split(written(dispatch, tiles: count)) ?? []
            #expect(
                !results.contains { if case .write = scheduler.receive($0, now: clock.now) { true } else { false } })
        }
    }

    /// A job was cancelled and retried while a worker elsewhere had one of its tiles. That worker's answer has the number of
    /// an attempt of the new run, which is for several tiles.
    @Test func anEarlierRunsPixelsAreForOneTile() throws {
        var scheduler = scheduler(rows: 1, borrowers: [])
        let old = scheduler.fill(now: clock.now)
        scheduler.end(pass)
        scheduler.setFleet(
            slots: 2, owners: [0: .init(worker: "worker-1", slots: 1), 1: .init(worker: "worker-2", slots: 1)],
            borrowers: [0, 1])
        let grid = TileGrid(image: PixelSize(width: 115, height: 10), tileSize: 10)
        scheduler.begin(
            pass, geometry: PassGeometry(grid: grid, halo: 2, input: .gray(.eight), output: .gray(.eight)),
            lending: .inGroups, missing: Array(0..<12))
        let new = scheduler.fill(now: clock.now)
        #expect(old[0].tile == new[0].tile && old[0].attempt == new[0].attempt && new[0].count == 6)
        let answer = TileResult.pixels(old[0].tile, attempt: 1)
        #expect(scheduler.split(answer) == [answer])
        #expect(scheduler.receive(answer, now: clock.now) == .write(grid[0]))
        // The new run's own answer still completes the other tiles.
        let results = try #require(scheduler.split(written(new[0], tiles: 6)))
        let verdicts = results.map { scheduler.receive($0, now: clock.now) }
        #expect(verdicts == [.drop(.duplicate)] + (1..<6).map { .write(grid[$0]) })
    }

    /// A fault of one tile fails its whole record. Then the tiles are sent one by one, with their pixels.
    @Test func failedTilesTravelAlone() throws {
        var scheduler = scheduler(rows: 1)
        let sent = scheduler.fill(now: clock.now)
        let failure = failed(sent[0])
        for result in try #require(scheduler.split(failure)) {
            #expect(scheduler.receive(result, now: clock.now) == .resend)
        }
        // In their order, because the encoder waits for the first one.
        let again = scheduler.fill(now: clock.now)
        #expect(again.map(\.tile.index) == Array(0..<6))
        #expect(again.allSatisfy { $0.count == 1 && !$0.isLent && $0.attempt == 2 })
    }

    @Test func aLostWorkersTilesTravelAlone() {
        var scheduler = scheduler(rows: 1)
        let sent = scheduler.fill(now: clock.now)
        let lost = LostWorker(id: "worker-1", partitions: [0], heard: clock.now, alone: nil)
        let mine = sent.filter { $0.partition == 0 }.flatMap(\.indices)
        #expect(scheduler.lose(lost).resend.map(\.index).sorted() == mine)
        #expect(scheduler.fill(now: clock.now).allSatisfy { $0.count == 1 && !$0.isLent })
    }

    /// A record that was not sent leaves its tiles as they were, in their order.
    @Test func tilesOfAnUnsentRecordTravelTogetherAgain() {
        var scheduler = scheduler(rows: 1)
        let sent = scheduler.fill(now: clock.now)
        scheduler.sendFailed(sent[1])
        scheduler.sendFailed(sent[0])
        #expect(scheduler.inFlight == 0 && scheduler.window.outstandingBytes == 0)
        #expect(scheduler.fill(now: clock.now).map(\.indices) == [0..<6, 6..<12])
    }

    /// The capacity of all tiles of a record is freed by its answer, also if the answer is not needed any more.
    @Test(arguments: [true, false]) func aLateAnswerFreesAllCapacity(isFailure: Bool) throws {
        var scheduler = scheduler(rows: 1)
        let sent = scheduler.fill(now: clock.now)
        scheduler.end(pass)
        for dispatch in sent {
            let answer = isFailure ? failed(dispatch) : written(dispatch)
            for result in try #require(scheduler.split(answer)) {
                #expect(scheduler.receive(result, now: clock.now) == .drop(.unknownJob))
            }
        }
        #expect(scheduler.window.outstandingBytes == 0 && scheduler.abandonedCount == 0)
    }
}
