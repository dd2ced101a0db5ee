import Testing
import TileCore

@testable import MasterDaemon

/// Which tiles are sent, and in which order.
@Suite struct SchedulerTests {
    private let clock = FakeClock()
    private let jobs = (0..<3).map { _ in JobID.make() }

    private func scheduler(partitions: Int = 4, slots: Int = 0, limits: Scheduler.Limits = .init()) -> Scheduler {
        var scheduler = Scheduler(partitions: partitions, limits: limits)
        scheduler.setFleet(slots: slots, owners: [:])
        return scheduler
    }

    @Test(arguments: [(0, 4), (1, 4), (2, 6), (8, 24)]) func theWindowHasThreeTilesForEverySlot(slots: Int, tiles: Int)
    {
        var scheduler = scheduler(slots: slots)
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        #expect(scheduler.windowTiles == tiles)
        #expect(scheduler.fill(now: clock.now).count == tiles)
        #expect(scheduler.inFlight == tiles)
        #expect(scheduler.waiting == 100 - tiles)
    }

    /// Otherwise a slot that computes tiles fast would wait for the next tile.
    @Test func fastTilesGoFurtherAhead() {
        var scheduler = scheduler(slots: 2)
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        let sent = scheduler.fill(now: clock.now)
        #expect(sent.count == 6)
        #expect(scheduler.complete(sent[0], milliseconds: 0.5, now: clock.now) == false)
        #expect(scheduler.windowTiles == 12)
        #expect(scheduler.fill(now: clock.now).count == 7)
        #expect(scheduler.complete(sent[1], milliseconds: 10_000, now: clock.now) == false)
        #expect(scheduler.windowTiles == 6)
        #expect(scheduler.fill(now: clock.now).isEmpty)
    }

    @Test func aResultGivesCapacityForATile() {
        var scheduler = scheduler()
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        let sent = scheduler.fill(now: clock.now)
        #expect(sent.map(\.tile.index) == [0, 1, 2, 3])
        #expect(scheduler.complete(sent[2], now: clock.now) == false)
        #expect(scheduler.fill(now: clock.now).map(\.tile.index) == [4])
    }

    @Test func aLargerFleetGetsMoreAtOnce() {
        var scheduler = scheduler()
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        _ = scheduler.fill(now: clock.now)
        scheduler.setFleet(slots: 4, owners: [:])
        #expect(scheduler.fill(now: clock.now).count == 8)
        scheduler.setFleet(slots: 1, owners: [:])
        #expect(scheduler.fill(now: clock.now).isEmpty)
        #expect(scheduler.inFlight == 12)
    }

    @Test func onlyMissingTilesAreSent() {
        var scheduler = scheduler()
        scheduler.begin(PassID(job: jobs[0], number: 2), geometry: .row(of: 100), missing: [7, 50])
        let tiles = [7, 50].map { TileID(job: jobs[0], pass: 2, index: $0) }
        #expect(scheduler.fill(now: clock.now).map(\.tile) == tiles)
    }

    @Test func tilesGoToTheOwnersOfPartitions() {
        var scheduler = scheduler(partitions: 2)
        scheduler.setFleet(
            slots: 4, owners: [0: .init(worker: "a", slots: 3), 1: .init(worker: "b", slots: 1)])
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        let sent = scheduler.fill(now: clock.now)
        #expect(sent.count { $0.partition == 0 } == 9)
        #expect(sent.count { $0.partition == 1 } == 3)
    }

    @Test func aPartitionTakesNoMoreThanItsBytes() {
        var limits = Scheduler.Limits()
        limits.partitionBytes = 250
        var scheduler = scheduler(partitions: 3, slots: 100, limits: limits)
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        #expect(scheduler.fill(now: clock.now).count == 6)
        #expect(scheduler.window.outstandingBytes == 600)
    }

    @Test func aTileThatFitsNowhereDoesNotStopOtherJobs() {
        var limits = Scheduler.Limits()
        limits.partitionBytes = 500
        var scheduler = scheduler(partitions: 1, slots: 100, limits: limits)
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 3, side: 20), missing: Array(0..<3))
        scheduler.begin(PassID(job: jobs[1], number: 0), geometry: .row(of: 3), missing: Array(0..<3))
        let sent = scheduler.fill(now: clock.now)
        #expect(sent.map(\.tile.job) == [jobs[0], jobs[1]])
        _ = scheduler.receive(
            .pixels(sent[0].tile, size: PixelSize(width: 20, height: 20)), now: clock.now)
        #expect(scheduler.fill(now: clock.now).map(\.tile.job) == [jobs[0]])
    }

    // MARK: Fairness

    @Test func jobsTakeTurns() {
        var scheduler = scheduler(slots: 3)
        for job in jobs {
            scheduler.begin(PassID(job: job, number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        }
        #expect(scheduler.fill(now: clock.now).map(\.tile.job) == jobs + jobs + jobs)
    }

    @Test func aSmallJobIsNotStuckBehindALargeOne() {
        var scheduler = scheduler(slots: 2)
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 200), missing: Array(0..<200))
        let first = scheduler.fill(now: clock.now)
        scheduler.begin(PassID(job: jobs[1], number: 0), geometry: .row(of: 1), missing: [0])
        #expect(scheduler.complete(first[0], now: clock.now) == false)
        #expect(scheduler.complete(first[1], now: clock.now) == false)
        let sent = scheduler.fill(now: clock.now)
        #expect(sent.count == 2)
        #expect(sent.contains { $0.tile.job == jobs[1] })
    }

    @Test func aJobWithNothingToSendIsSkipped() {
        var scheduler = scheduler(slots: 2)
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        scheduler.begin(PassID(job: jobs[1], number: 0), geometry: .row(of: 1), missing: [0])
        scheduler.begin(PassID(job: jobs[2], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        let (a, b, c) = (jobs[0], jobs[1], jobs[2])
        #expect(scheduler.fill(now: clock.now).map(\.tile.job) == [a, b, c, a, c, a])
    }

    // MARK: The end of a pass

    @Test func aPassIsCompleteWithItsLastTile() {
        var scheduler = scheduler()
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 5), missing: [1, 3])
        let sent = scheduler.fill(now: clock.now)
        #expect(scheduler.complete(sent[1], now: clock.now) == false)
        #expect(scheduler.complete(sent[0], now: clock.now) == true)
        scheduler.end(jobs[0])
        #expect(scheduler.inFlight == 0)
        #expect(scheduler.waiting == 0)
        #expect(scheduler.states(PassID(job: jobs[0], number: 0)) == nil)
    }

    /// Threads of this process do not answer tiles of an ended pass. An earlier version kept such attempts forever.
    @Test func aLosslessTransportKeepsNothingOfAnEndedPass() {
        var limits = Scheduler.Limits()
        limits.isLossless = true
        limits.minimumTiles = 4
        var scheduler = Scheduler(partitions: 1, limits: limits)
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        let sent = scheduler.fill(now: clock.now)
        #expect(sent.count == 4 && scheduler.window.outstandingBytes == 400)
        scheduler.end(jobs[0])
        #expect(scheduler.window.outstandingBytes == 0 && scheduler.abandonedCount == 0)
        // An attempt that was under way may still be answered.
        #expect(scheduler.receive(.pixels(sent[0].tile), now: clock.now) == .drop(.unknownJob))
        #expect(scheduler.window.outstandingBytes == 0)
    }

    @Test func theEndGivesCapacityToOthers() {
        var scheduler = scheduler(slots: 4)
        scheduler.begin(PassID(job: jobs[0], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        scheduler.begin(PassID(job: jobs[1], number: 0), geometry: .row(of: 100), missing: Array(0..<100))
        let sent = scheduler.fill(now: clock.now)
        scheduler.end(jobs[0])
        scheduler.end(jobs[0])
        #expect(scheduler.inFlight == 6)
        // An attempt takes capacity of its partition until it is answered, even if it is abandoned.
        #expect(scheduler.window.outstandingBytes == 1200)
        for dispatch in sent where dispatch.tile.job == jobs[0] {
            #expect(scheduler.receive(.pixels(dispatch.tile), now: clock.now) == .drop(.unknownJob))
        }
        #expect(scheduler.window.outstandingBytes == 600)
        #expect(scheduler.fill(now: clock.now).map(\.tile.job) == Array(repeating: jobs[1], count: 6))
        scheduler.end(jobs[1])
        #expect(scheduler.inFlight == 0)
        #expect(scheduler.waiting == 0)
        #expect(scheduler.fill(now: clock.now).isEmpty)
    }

    @Test func theNextPassBeginsWhereTheLastOneEnded() {
        var scheduler = scheduler()
        for pass in 0..<3 {
            scheduler.begin(PassID(job: jobs[0], number: pass), geometry: .row(of: 2), missing: [0, 1])
            let sent = scheduler.fill(now: clock.now)
            #expect(sent.map(\.tile.pass) == [pass, pass])
            #expect(sent.map { scheduler.complete($0, now: clock.now) } == [false, true])
            scheduler.end(jobs[0])
        }
        #expect(scheduler.inFlight == 0)
    }

    @Test func theStatesOfAJobsTilesAreKnown() throws {
        var scheduler = scheduler()
        scheduler.begin(PassID(job: jobs[0], number: 1), geometry: .row(of: 10), missing: Array(2..<10))
        let sent = scheduler.fill(now: clock.now)
        _ = scheduler.receive(.pixels(sent[1].tile), now: clock.now)
        let state = try #require(scheduler.states(PassID(job: jobs[0], number: 1)))
        #expect((0..<7).map(state) == [.done, .done, .inFlight, .accepted, .inFlight, .inFlight, .waiting])
    }

    /// Tiles of the later pass are sent first, because encoding waits for its rows.
    @Test func aLaterPassOfAJobGoesFirstAsSoonAsItsRowsAreThere() {
        var scheduler = scheduler()
        let (first, second) = (PassID(job: jobs[0], number: 0), PassID(job: jobs[0], number: 1))
        scheduler.begin(first, geometry: .row(of: 10), missing: Array(0..<10))
        scheduler.begin(second, geometry: .row(of: 10), missing: Array(0..<10), rows: 0)
        #expect(scheduler.sendNext(now: clock.now)?.tile == first.tile(0))
        scheduler.setRows(10, of: second)
        #expect(scheduler.sendNext(now: clock.now)?.tile == second.tile(0))
        scheduler.end(first)
        #expect(scheduler.receive(.pixels(first.tile(0)), now: clock.now) == .drop(.otherPass))
        #expect(scheduler.sendNext(now: clock.now)?.tile == second.tile(1))
        scheduler.end(second)
        #expect(scheduler.sendNext(now: clock.now) == nil && scheduler.inFlight == 0)
    }
}
