import Testing
import TileCore

@testable import MasterDaemon

@Suite struct PassProgressTests {
    private var clock = FakeClock()

    private func progress(_ missing: [Int] = [0, 1, 2], of count: Int = 5) -> PassProgress {
        PassProgress(geometry: .row(of: count), missing: missing)
    }

    private func send(_ progress: inout PassProgress, partition: Int = 0) -> Int {
        let index = progress.next ?? -1
        let attempt = progress.sendNext(partition: partition, bytes: 100, now: clock.now)
        progress.handOver(index, attempt: attempt, now: clock.now)
        return attempt
    }

    private func progress(rows: Int) -> PassProgress {
        let grid = TileGrid(image: PixelSize(width: 20, height: 50), tileSize: 10)
        return PassProgress(
            geometry: PassGeometry(grid: grid, halo: 3, input: .gray(.eight), output: .gray(.eight)),
            missing: Array(0..<10), rows: rows)
    }

    /// With its halo a tile of the second row needs 23 rows of the source.
    @Test func aTileWaitsForItsRows() {
        var progress = progress(rows: 12)
        #expect(progress.next == nil && !progress.isAllSent)
        progress.rows = 13
        #expect([send(&progress), send(&progress)] == [1, 1])
        #expect(progress.next == nil)
        progress.rows = 22
        #expect(progress.next == nil)
        progress.rows = 23
        #expect(progress.next == 2)
        progress.rows = 50
        for _ in 2..<10 { _ = send(&progress) }
        #expect(progress.isAllSent && progress.inFlightCount == 10)
    }

    @Test func aTileWaitsForWritableRowsOfTheTarget() {
        var progress = progress(rows: 50)
        progress.writableRows = 9
        #expect(progress.next == nil && !progress.isAllSent)
        progress.writableRows = 19
        #expect([send(&progress), send(&progress)] == [1, 1])
        #expect(progress.next == nil)
        progress.takeBackLate(1, counting: true)
        #expect(progress.next == 1)
        _ = send(&progress)
        progress.writableRows = 20
        #expect(progress.next == 2)
        // Complete rows of the source are needed, too.
        progress.rows = 22
        #expect(progress.next == nil)
    }

    /// A tile that is resent goes before those that wait for rows.
    @Test func aTileThatIsResentDoesNotWaitForRows() {
        var progress = progress(rows: 13)
        _ = (send(&progress), send(&progress))
        progress.takeBackLate(1, counting: true)
        #expect(progress.next == 1)
    }

    /// The transport may hold a tile back for a long time. No worker could have answered it.
    @Test mutating func aTileThatTheTransportHoldsBackIsNotLate() {
        var progress = progress()
        let attempt = progress.sendNext(partition: 0, bytes: 100, now: clock.now)
        clock.advance(.seconds(1000))
        #expect(progress.late(now: clock.now).isEmpty && progress.stragglers(now: clock.now).indices.isEmpty)
        progress.handOver(0, attempt: attempt, now: clock.now)
        clock.advance(.seconds(30))
        #expect(progress.late(now: clock.now).isEmpty)
        clock.advance(.seconds(1))
        #expect(progress.late(now: clock.now) == [0])
    }

    @Test func tilesThatAreNotMissingAreDone() {
        let progress = progress([1, 3])
        #expect((0..<5).map(progress.state) == [.done, .waiting, .done, .waiting, .done])
        #expect(progress.remaining == 2)
    }

    @Test func tilesAreSentInOrder() {
        var progress = progress([4, 2])
        #expect(progress.next == 4)
        #expect(send(&progress) == 1)
        #expect(progress.next == 2)
        #expect(send(&progress) == 1)
        #expect(progress.next == nil)
        #expect(progress.inFlightCount == 2)
        #expect(progress.outstanding.count == 2)
    }

    @Test func aTileIsAcceptedOnce() {
        var progress = progress()
        _ = send(&progress, partition: 3)
        let attempt = PassProgress.Attempt(
            number: 1, partition: 3, bytes: 100, decision: clock.now, time: clock.now, isHandedOver: true)
        #expect(progress.accept(0, attempt: 1, now: clock.now)?.answered == attempt)
        #expect(progress.accept(0, attempt: 1, now: clock.now) == nil)
        #expect(progress.state(0) == .accepted)
        #expect(progress.finish(0) == false)
        #expect(progress.accept(0, attempt: 1, now: clock.now) == nil)
        #expect(progress.outstanding.isEmpty)
    }

    /// The time of an attempt's decision is kept. The transport gets the attempt only later.
    @Test func aDecisionIsKnownUntilItsAnswer() {
        var progress = progress()
        let start = clock.now
        _ = progress.sendNext(partition: 3, bytes: 100, now: start)
        progress.handOver(0, attempt: 1, now: start + .seconds(1))
        #expect(progress.decision(on: 0, attempt: 1) == start)
        #expect(progress.decision(on: 0, attempt: 2) == nil && progress.decision(on: 1, attempt: 1) == nil)
        _ = progress.accept(0, attempt: 1, now: start + .seconds(2))
        #expect(progress.decision(on: 0, attempt: 1) == nil)
    }

    /// After a restart, an attempt of the run before may still be answered.
    @Test func aTileThatWaitsCanBeAccepted() {
        var progress = progress()
        #expect(progress.accept(1, attempt: 2, now: clock.now)?.unanswered == [])
        #expect(send(&progress) == 1)
        #expect(progress.next == 2)
    }

    @Test func aPassIsCompleteWithItsLastTile() {
        var progress = progress([0, 1], of: 2)
        for index in 0..<2 {
            _ = send(&progress)
            _ = progress.accept(index, attempt: 1, now: clock.now)
        }
        #expect(progress.finish(1) == false)
        #expect(progress.finish(1) == false)
        #expect(progress.remaining == 1)
        #expect(progress.finish(0) == true)
    }

    @Test func aTileInFlightCannotBeFinished() {
        var progress = progress([0], of: 1)
        _ = send(&progress)
        #expect(progress.finish(0) == false)
        #expect(progress.state(0) == .inFlight)
    }

    @Test func aFailedTileIsNext() {
        var progress = progress()
        _ = send(&progress)
        #expect(progress.fail(0, attempt: 2) == (nil, PassProgress.Setback.none))
        let (attempt, setback) = progress.fail(0, attempt: 1)
        #expect(attempt?.number == 1)
        #expect(setback == .waits)
        #expect(progress.fail(0, attempt: 1) == (nil, PassProgress.Setback.none))
        #expect(progress.next == 0)
        #expect(progress.failedAttempts(0) == 1)
        #expect(send(&progress) == 2)
        #expect(progress.fail(0, attempt: 1) == (nil, PassProgress.Setback.none))
        #expect(progress.state(0) == .inFlight)
    }

    @Test func aFailedSendIsNoAttempt() {
        var progress = progress()
        _ = send(&progress)
        #expect(progress.unsend(0, attempt: 1)?.attempt.bytes == 100)
        #expect(progress.unsend(0, attempt: 1) == nil)
        #expect(progress.next == 0)
        #expect(send(&progress) == 1)
    }

    @Test mutating func aTileIsLateOnceItsTimeIsOver() {
        var progress = progress()
        _ = send(&progress)
        clock.advance(.seconds(30))
        #expect(progress.late(now: clock.now).isEmpty)
        clock.advance(.nanoseconds(1))
        #expect(progress.late(now: clock.now) == [0])
    }

    @Test mutating func aLateTileKeepsItsCapacityAndMayStillBeAnswered() {
        var progress = progress()
        _ = send(&progress, partition: 1)
        progress.takeBackLate(0, counting: true)
        #expect(progress.next == 0)
        clock.advance(.seconds(1))
        #expect(send(&progress, partition: 2) == 2)
        #expect(Set(progress.outstanding.map(\.attempt.partition)) == [1, 2])
        let attempts = progress.accept(0, attempt: 1, now: clock.now)
        #expect(attempts?.answered?.partition == 1)
        #expect(attempts?.unanswered.map(\.partition) == [2])
        #expect(progress.next == 1)
        #expect(progress.outstanding.isEmpty)
    }

    @Test mutating func theTimeOfTheAnsweredAttemptIsLearned() {
        var progress = progress([0, 1])
        _ = send(&progress)
        clock.advance(.seconds(20))
        progress.takeBackLate(0, counting: true)
        _ = send(&progress)
        // 24 s after the first attempt and 4 s after the second one, the first is answered.
        clock.advance(.seconds(4))
        _ = progress.accept(0, attempt: 1, now: clock.now)
        _ = send(&progress)
        clock.advance(.seconds(72))
        #expect(progress.late(now: clock.now).isEmpty)
        clock.advance(.nanoseconds(1))
        #expect(progress.late(now: clock.now) == [1])
    }

    @Test mutating func restartedClocksForgetTheTimePassed() {
        var progress = progress()
        _ = send(&progress)
        clock.advance(.seconds(100))
        progress.restartClocks(now: clock.now)
        clock.advance(.seconds(30))
        #expect(progress.late(now: clock.now).isEmpty)
    }

    // MARK: Speculative attempts

    /// Three tiles. The first took a second; the others are still in flight.
    private mutating func oneOfThree() -> PassProgress {
        var progress = progress()
        for partition in 0..<3 { _ = send(&progress, partition: partition) }
        clock.advance(.seconds(1))
        _ = progress.accept(0, attempt: 1, now: clock.now)
        return progress
    }

    @Test mutating func aTileInFlightForTwiceTheUsualTimeIsSlow() {
        let progress = oneOfThree()
        clock.advance(.seconds(1))
        #expect(progress.stragglers(now: clock.now).indices.isEmpty)
        clock.advance(.nanoseconds(1))
        let slow = progress.stragglers(now: clock.now)
        #expect(slow.indices == [1, 2])
        #expect(slow.isKnown)
    }

    @Test mutating func whileNothingIsKnownASecondIsSlow() {
        var progress = progress()
        _ = send(&progress)
        clock.advance(.seconds(1))
        #expect(progress.stragglers(now: clock.now).indices.isEmpty)
        clock.advance(.nanoseconds(1))
        #expect(progress.stragglers(now: clock.now) == ([0], false))
    }

    @Test mutating func aTileHasOneSpeculativeAttempt() {
        var progress = oneOfThree()
        clock.advance(.seconds(5))
        #expect(progress.sendSpeculative(1, partition: 0, bytes: 100, now: clock.now) == 2)
        #expect(progress.stragglers(now: clock.now).indices == [2])
        #expect(progress.sendSpeculative(2, partition: 0, bytes: 100, now: clock.now) == 2)
        #expect(progress.stragglers(now: clock.now).indices.isEmpty)
        #expect(progress.inFlightCount == 2)
    }

    @Test mutating func aTileFailsWithItsLastAttempt() {
        var progress = oneOfThree()
        _ = progress.sendSpeculative(1, partition: 0, bytes: 100, now: clock.now)
        #expect(progress.fail(1, attempt: 1).setback == .otherIsInFlight)
        #expect(progress.state(1) == .inFlight)
        #expect(progress.fail(1, attempt: 2).setback == .waits)
        #expect(progress.failedAttempts(1) == 2)
        #expect(progress.next == 1)
    }

    // MARK: Lost workers

    private func alone(_ index: Int, _ attempt: Int) -> TileAttempt {
        TileAttempt(TileID(job: .make(), pass: 0, index: index), attempt: attempt)
    }

    @Test mutating func theTileThatALostWorkerRanAloneIsLostWithIt() {
        var progress = progress()
        _ = send(&progress, partition: 5)
        let other = progress.lose("worker-1", alone: alone(0, 2)) { _ in false }
        #expect(other.isEmpty)
        let lost = progress.lose("worker-1", alone: alone(0, 1)) { _ in false }
        #expect(lost.map(\.index) == [0])
        #expect(progress.next == 0)
    }

    @Test mutating func tilesOfALostWorkerAreResent() {
        var progress = progress()
        for partition in 0..<3 { _ = send(&progress, partition: partition) }
        let lost = progress.lose("worker-1", alone: nil) { $0.partition != 1 }
        #expect(Set(lost.map(\.index)) == [0, 2])
        #expect(lost.map(\.waits) == [true, true])
        #expect(progress.next == 0)
        #expect(progress.failedAttempts(0) == 0)
        #expect(progress.lostWith(2) == ["worker-1"])
        #expect(progress.state(1) == .inFlight)
        // Lost attempts may still be answered, and keep their capacity until then.
        #expect(progress.outstanding.count == 3)
    }

    @Test mutating func aTileThatCrashesTwoWorkersIsDeadlyAtItsLastAttempt() {
        var progress = progress([0])
        for attempt in 1...4 {
            #expect(send(&progress) == attempt)
            #expect(!progress.isDeadly(0, limit: 4))
            _ = progress.lose("worker-\(attempt)", alone: attempt > 2 ? alone(0, attempt) : nil) { _ in true }
        }
        #expect(progress.isDeadly(0, limit: 4))
        #expect(progress.lostWith(0) == ["worker-1", "worker-2", "worker-3", "worker-4"])
    }

    /// A worker may be lost for another reason than the tile.
    @Test mutating func aTileThatDidNotRunAloneIsNotDeadly() {
        var progress = progress([0])
        for _ in 1...20 {
            _ = send(&progress)
            _ = progress.lose("worker-1", alone: nil) { _ in true }
        }
        #expect(!progress.isDeadly(0, limit: 4))
    }
}
