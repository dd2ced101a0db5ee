import Testing
import TileCore

@testable import MasterDaemon

@Suite struct PassProgressTests {
    private var clock = FakeClock()

    private func progress(_ missing: [Int] = [0, 1, 2], of count: Int = 5) -> PassProgress {
        PassProgress(geometry: .row(of: count), missing: missing)
    }

    private func send(_ progress: inout PassProgress, partition: Int = 0) -> Int {
        progress.sendNext(partition: partition, bytes: 100, now: clock.now)
    }

    @Test func whatIsNotMissingIsDone() {
        let progress = progress([1, 3])
        #expect((0..<5).map(progress.state) == [.done, .waiting, .done, .waiting, .done])
        #expect(progress.remaining == 2)
    }

    @Test func tilesGoOutInOrder() {
        var progress = progress([4, 2])
        #expect(progress.next == 4)
        #expect(send(&progress) == 1)
        #expect(progress.next == 2)
        #expect(send(&progress) == 1)
        #expect(progress.next == nil)
        #expect(progress.outCount == 2)
        #expect(progress.outstanding.count == 2)
    }

    @Test func aTileIsAcceptedOnce() {
        var progress = progress()
        _ = send(&progress, partition: 3)
        let issue = PassProgress.Issue(attempt: 1, partition: 3, bytes: 100, time: clock.now)
        #expect(progress.accept(0, attempt: 1, now: clock.now) == [issue])
        #expect(progress.accept(0, attempt: 1, now: clock.now) == nil)
        #expect(progress.state(0) == .accepted)
        #expect(progress.finish(0) == false)
        #expect(progress.accept(0, attempt: 1, now: clock.now) == nil)
        #expect(progress.outstanding.isEmpty)
    }

    /// As after a restart: the answer to a tile of an earlier run.
    @Test func aTileThatWaitsCanBeAccepted() {
        var progress = progress()
        #expect(progress.accept(1, attempt: 2, now: clock.now) == [])
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

    @Test func aTileThatIsOutCannotBeFinished() {
        var progress = progress([0], of: 1)
        _ = send(&progress)
        #expect(progress.finish(0) == false)
        #expect(progress.state(0) == .out)
    }

    @Test func aFailedTileIsNext() {
        var progress = progress()
        _ = send(&progress)
        #expect(progress.giveUp(0, attempt: 2) == nil)
        #expect(progress.giveUp(0, attempt: 1)?.attempt == 1)
        #expect(progress.giveUp(0, attempt: 1) == nil)
        #expect(progress.next == 0)
        #expect(send(&progress) == 2)
        #expect(progress.giveUp(0, attempt: 1) == nil)
        #expect(progress.state(0) == .out)
    }

    @Test func whatWasNotSentIsNoAttempt() {
        var progress = progress()
        _ = send(&progress)
        #expect(progress.unsend(0, attempt: 1)?.bytes == 100)
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
        let late = progress.late(now: clock.now)
        #expect(late.map(\.index) == [0])
        #expect(late.map(\.attempt) == [1])
    }

    @Test mutating func aLateTileKeepsItsRoomAndMayStillBeAnswered() {
        var progress = progress()
        _ = send(&progress, partition: 1)
        progress.sendAgain(0)
        progress.sendAgain(0)
        #expect(progress.next == 0)
        clock.advance(.seconds(1))
        #expect(send(&progress, partition: 2) == 2)
        #expect(Set(progress.outstanding.map(\.partition)) == [1, 2])
        #expect(progress.accept(0, attempt: 1, now: clock.now)?.map(\.partition) == [1, 2])
        #expect(progress.next == 1)
        #expect(progress.outstanding.isEmpty)
    }

    @Test mutating func theTimeOfTheAnsweredAttemptIsLearned() {
        var progress = progress([0, 1])
        _ = send(&progress)
        clock.advance(.seconds(20))
        progress.sendAgain(0)
        _ = send(&progress)
        // 24 s after the first sending, 4 s after the second: the first was answered.
        clock.advance(.seconds(4))
        _ = progress.accept(0, attempt: 1, now: clock.now)
        _ = send(&progress)
        clock.advance(.seconds(72))
        #expect(progress.late(now: clock.now).isEmpty)
        clock.advance(.nanoseconds(1))
        #expect(progress.late(now: clock.now).map(\.index) == [1])
    }

    @Test mutating func restartedClocksForgetTheTimePassed() {
        var progress = progress()
        _ = send(&progress)
        clock.advance(.seconds(100))
        progress.restartClocks(now: clock.now)
        clock.advance(.seconds(30))
        #expect(progress.late(now: clock.now).isEmpty)
    }
}
