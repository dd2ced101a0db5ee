import Testing
import TileCore

@testable import MasterDaemon

/// Tiles without an answer.
@Suite struct SchedulerLatenessTests {
    private var clock = FakeClock()
    private let job = JobID.make()
    private var scheduler = Scheduler(partitions: 4)

    private func tile(_ index: Int) -> TileID { TileID(job: job, pass: 0, index: index) }

    private mutating func begin(_ count: Int, side: Int = 10) {
        scheduler.begin(PassID(job: job, number: 0), geometry: .row(of: count, side: side), missing: Array(0..<count))
    }

    private mutating func tick(_ answering: Scheduler.Answering = .yes) -> Scheduler.Lateness {
        scheduler.tick(now: clock.now, answering: answering)
    }

    @Test mutating func aLateTileIsResent() {
        begin(10)
        _ = scheduler.fill(now: clock.now)
        clock.advance(.seconds(30))
        #expect(tick() == Scheduler.Lateness())
        clock.advance(.seconds(1))
        #expect(tick() == Scheduler.Lateness(resend: (0..<4).map(tile)))
        #expect(tick() == Scheduler.Lateness())
        #expect(scheduler.inFlight == 0)
        let sent = scheduler.fill(now: clock.now)
        #expect(Set(sent.map(\.tile)) == Set((0..<4).map(tile)))
        #expect(sent.allSatisfy { $0.attempt == 2 })
    }

    @Test mutating func theTimeoutFollowsTheTimesOfOtherTiles() {
        begin(10)
        let sent = scheduler.fill(now: clock.now)
        clock.advance(.seconds(3))
        _ = scheduler.complete(sent[0], now: clock.now)
        clock.advance(.seconds(6))
        #expect(tick() == Scheduler.Lateness())
        clock.advance(.milliseconds(1))
        #expect(tick().resend == [1, 2, 3].map(tile))
    }

    @Test mutating func aLateAnswerCounts() {
        begin(1)
        _ = scheduler.fill(now: clock.now)
        clock.advance(.seconds(31))
        _ = tick()
        _ = scheduler.fill(now: clock.now)
        #expect(scheduler.window.outstandingBytes == 200)
        #expect(scheduler.receive(.failure(tile(0), attempt: 1), now: clock.now) == .drop(.duplicate))
        #expect(scheduler.receive(.pixels(tile(0), attempt: 1), now: clock.now) != .drop(.duplicate))
        #expect(scheduler.receive(.pixels(tile(0), attempt: 2), now: clock.now) == .drop(.duplicate))
        #expect(scheduler.inFlight == 0)
        #expect(scheduler.window.outstandingBytes == 0)
        #expect(scheduler.finish(tile(0)) == true)
    }

    @Test mutating func afterFourAttemptsATileIsGivenUp() {
        begin(1)
        for attempt in 1...4 {
            #expect(scheduler.fill(now: clock.now).map(\.attempt) == [attempt])
            clock.advance(.seconds(30) * (1 << (attempt - 1)))
            #expect(tick() == Scheduler.Lateness())
            clock.advance(.milliseconds(1))
            let lateness = tick()
            let reason = "the tile in row 1, column 1 failed after 4 attempts, the last one without an answer"
            #expect(lateness == (attempt < 4 ? .init(resend: [tile(0)]) : .init(givenUp: [tile(0): reason])))
        }
        scheduler.end(job)
        #expect(scheduler.inFlight == 0)
    }

    @Test mutating func failuresAndLatenessCountTogether() {
        begin(1)
        _ = scheduler.fill(now: clock.now)
        #expect(scheduler.receive(.failure(tile(0)), now: clock.now) == .resend)
        _ = scheduler.fill(now: clock.now)
        clock.advance(.seconds(100))
        #expect(tick().resend == [tile(0)])
        #expect(scheduler.fill(now: clock.now).map(\.attempt) == [3])
        #expect(scheduler.receive(.failure(tile(0), attempt: 3), now: clock.now) == .resend)
        #expect(scheduler.fill(now: clock.now).map(\.attempt) == [4])
        clock.advance(.seconds(1000))
        #expect(Array(tick().givenUp.keys) == [tile(0)])
    }

    @Test mutating func nothingIsLateIfNoWorkerCanAnswer() {
        begin(1)
        _ = scheduler.fill(now: clock.now)
        for _ in 0..<5 {
            clock.advance(.seconds(1000))
            #expect(tick(.no) == Scheduler.Lateness())
        }
        clock.advance(.seconds(30))
        #expect(tick() == Scheduler.Lateness())
        clock.advance(.seconds(1))
        #expect(tick().resend == [tile(0)])
    }

    /// A worker without heartbeats may be slow or lost.
    @Test mutating func nothingIsGivenUpIfAWorkerMightAnswer() {
        begin(1)
        for attempt in 1...20 {
            #expect(scheduler.fill(now: clock.now).map(\.attempt) == [attempt])
            clock.advance(.seconds(1000))
            #expect(tick(.perhaps) == Scheduler.Lateness(resend: [tile(0)]))
        }
        _ = scheduler.fill(now: clock.now)
        clock.advance(.seconds(1000))
        #expect(tick().givenUp.keys.contains(tile(0)))
    }

    @Test mutating func tilesThatWaitAreNotLate() {
        begin(10)
        let sent = scheduler.fill(now: clock.now)
        scheduler.sendFailed(sent[0])
        _ = scheduler.receive(.failure(tile(1)), now: clock.now)
        _ = scheduler.receive(.pixels(tile(2)), now: clock.now)
        clock.advance(.seconds(1000))
        #expect(tick().resend == [tile(3)])
    }

    @Test mutating func everyJobHasItsOwnMeasure() {
        let other = JobID.make()
        begin(2)
        scheduler.begin(PassID(job: other, number: 0), geometry: .row(of: 2), missing: [0, 1])
        let sent = scheduler.fill(now: clock.now)
        clock.advance(.milliseconds(10))
        for dispatch in sent where dispatch.tile == tile(0) { _ = scheduler.complete(dispatch, now: clock.now) }
        clock.advance(.seconds(6))
        #expect(tick().resend == [tile(1)])
    }

    /// A tile that crashes every worker blocks all tiles behind it in its partition. The capacity of its attempts must not
    /// prevent the next attempt, and so its permanent failure.
    @Test mutating func aFullWindowDoesNotKeepATileFromItsEnd() {
        var limits = Scheduler.Limits()
        limits.partitionBytes = 100
        scheduler = Scheduler(partitions: 2, limits: limits)
        begin(2)
        var attempts: [Int] = []
        for _ in 0..<3000 {
            attempts += scheduler.fill(now: clock.now).map(\.attempt)
            clock.advance(.seconds(1))
            let lateness = tick()
            if !lateness.givenUp.isEmpty { break }
        }
        #expect(attempts == [1, 1, 2, 2, 3, 3, 4, 4])
    }

    // MARK: Slow and lost workers

    private mutating func setWorkers(_ workers: String...) {
        let owners = workers.enumerated().map { ($0, PartitionWindow.Owner(worker: $1, slots: 1)) }
        scheduler.setFleet(slots: workers.count, owners: Dictionary(uniqueKeysWithValues: owners))
    }

    @Test mutating func aSlowTileGoesToAnotherWorkerOnceNothingElseWaits() throws {
        setWorkers("a", "b")
        begin(3)
        let sent = scheduler.fill(now: clock.now)
        #expect(sent.count == 3)
        let slow = try #require(sent.first { $0.partition != sent[2].partition })
        clock.advance(.milliseconds(100))
        for other in sent where other != slow { _ = scheduler.complete(other, now: clock.now) }
        clock.advance(.milliseconds(100))
        #expect(scheduler.fill(now: clock.now).isEmpty)
        clock.advance(.milliseconds(1))
        let speculative = scheduler.fill(now: clock.now)
        #expect(speculative.map(\.tile) == [slow.tile])
        #expect(speculative.allSatisfy { $0.isSpeculative && $0.attempt == 2 && $0.partition != slow.partition })
        #expect(scheduler.inFlight == 1)
        let isComplete = scheduler.complete(speculative[0], now: clock.now)
        #expect(isComplete)
        scheduler.end(job)
        // The slow worker still works on the tile.
        #expect(scheduler.window.outstandingBytes == 100)
        #expect(scheduler.receive(.pixels(slow.tile), now: clock.now) == .drop(.unknownJob))
        #expect(scheduler.window.outstandingBytes == 0)
    }

    @Test mutating func oneWorkerAloneGetsNoSpeculativeAttempt() {
        setWorkers("a", "a", "a", "a")
        begin(2)
        #expect(scheduler.fill(now: clock.now).count == 2)
        clock.advance(.seconds(4))
        #expect(scheduler.fill(now: clock.now).isEmpty)
    }

    @Test mutating func aWorkerWithOldWorkGetsLessOfTheNew() {
        setWorkers("a", "b")
        begin(4)
        let sent = scheduler.fill(now: clock.now)
        for dispatch in sent where dispatch.partition != 0 { _ = scheduler.complete(dispatch, now: clock.now) }
        scheduler.end(job)
        let kept = sent.count { $0.partition == 0 }
        #expect(kept > 0)
        begin(10)
        let next = scheduler.fill(now: clock.now)
        #expect(next.count { $0.partition == 0 } + kept <= next.count { $0.partition == 1 } + 1)
    }

    @Test mutating func anAttemptWithoutAnAnswerFreesItsCapacity() {
        begin(4)
        _ = scheduler.fill(now: clock.now)
        scheduler.end(job)
        #expect(scheduler.window.outstandingBytes == 400)
        clock.advance(.seconds(60))
        _ = tick(.no)
        clock.advance(.seconds(60))
        _ = tick()
        #expect(scheduler.window.outstandingBytes == 400)
        clock.advance(.milliseconds(1))
        _ = tick()
        #expect(scheduler.window.outstandingBytes == 0)
    }

    @Test mutating func aLateTileGoesToAnotherWorker() {
        setWorkers("a", "b")
        begin(1)
        for _ in 0..<3 {
            let first = scheduler.fill(now: clock.now)
            clock.advance(.seconds(1000))
            #expect(tick().resend == [tile(0)])
            #expect(scheduler.fill(now: clock.now).map(\.partition) != first.map(\.partition))
            scheduler.end(job)
            clock.advance(.seconds(100_000))
            _ = tick()
            begin(1)
        }
    }

    private func worker(_ id: String, _ partitions: Set<Int>, alone: TileAttempt? = nil) -> LostWorker {
        LostWorker(id: id, partitions: partitions, heard: clock.now, alone: alone)
    }

    /// The consumer group noticed the loss before the master. Tiles that were sent since then went to another worker.
    @Test mutating func tilesSentToTheNextOwnerAreNotLost() {
        setWorkers("a", "b")
        begin(6)
        let early = scheduler.fill(now: clock.now).filter { $0.partition == 0 }
        let lost = worker("a", [0])
        clock.advance(.milliseconds(10))
        setWorkers("b", "b")
        for dispatch in early.dropFirst() { _ = scheduler.complete(dispatch, now: clock.now) }
        _ = scheduler.fill(now: clock.now)
        #expect(scheduler.lose(lost).resend == early.prefix(1).map(\.tile))
    }

    @Test mutating func aLostWorkerIsNotWaitedFor() {
        setWorkers("a", "b")
        begin(6)
        let sent = scheduler.fill(now: clock.now)
        let lost = Set(sent.filter { $0.partition == 0 }.map(\.tile))
        #expect(Set(scheduler.lose(worker("a", [0])).resend) == lost)
        #expect(scheduler.inFlight == sent.count - lost.count)
        setWorkers("c", "b")
        let again = scheduler.fill(now: clock.now)
        #expect(Set(again.filter { $0.attempt == 2 }.map(\.tile)) == lost)
    }

    @Test mutating func aTileThatCrashesEveryWorkerFailsItsJob() {
        setWorkers("a", "b", "a", "b")
        begin(1)
        for attempt in 1...4 {
            let sent = scheduler.fill(now: clock.now)
            #expect(sent.map(\.attempt) == [attempt])
            let isFirst = sent.first?.partition.isMultiple(of: 2) == true
            let alone = attempt > 2 ? TileAttempt(tile(0), attempt: attempt) : nil
            let lateness = scheduler.lose(
                isFirst ? worker("a", [0, 2], alone: alone) : worker("b", [1, 3], alone: alone))
            #expect(lateness.resend == (attempt < 4 ? [tile(0)] : []))
            #expect(lateness.givenUp.isEmpty == (attempt < 4))
            let reason = lateness.givenUp[tile(0)]
            #expect(
                reason.map { $0.hasPrefix("the tile in row 1, column 1 crashed the workers that worked on it: ") }
                    ?? (attempt < 4))
        }
        #expect(scheduler.inFlight == 0)
    }

    @Test mutating func aTileOfAnotherJobIsNotBlamed() {
        setWorkers("a", "a", "a", "a")
        begin(1)
        let other = TileID(job: .make(), pass: 0, index: 0)
        for attempt in 1...10 {
            #expect(scheduler.fill(now: clock.now).map(\.attempt) == [attempt])
            let stranger = TileAttempt(other, attempt: attempt)
            #expect(
                scheduler.lose(worker("a", [0, 1, 2, 3], alone: stranger)) == Scheduler.Lateness(resend: [tile(0)]))
        }
    }
}
