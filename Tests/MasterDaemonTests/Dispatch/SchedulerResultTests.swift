import Testing
import TileCore

@testable import MasterDaemon

/// Which results count.
@Suite struct SchedulerResultTests {
    private let clock = FakeClock()
    private let job = JobID.make()

    /// A job of ten tiles in its second pass, with four of them in flight.
    private func running() -> (Scheduler, [Scheduler.Dispatch]) {
        var scheduler = Scheduler(partitions: 4)
        scheduler.begin(PassID(job: job, number: 1), geometry: .row(of: 10), missing: Array(0..<10))
        let sent = scheduler.fill(now: clock.now)
        return (scheduler, sent)
    }

    private func tile(_ index: Int, pass: Int = 1) -> TileID { TileID(job: job, pass: pass, index: index) }

    @Test func aResultIsToBeWritten() {
        var (scheduler, _) = running()
        let region = TileRegion(x: 20, y: 0, width: 10, height: 10)
        #expect(scheduler.receive(.pixels(tile(2)), now: clock.now) == .write(region))
        #expect(scheduler.inFlight == 3)
        #expect(scheduler.window.outstandingBytes == 300)
    }

    @Test func aTileIsAcceptedOnce() {
        var (scheduler, _) = running()
        _ = scheduler.receive(.pixels(tile(0)), now: clock.now)
        #expect(scheduler.receive(.pixels(tile(0)), now: clock.now) == .drop(.duplicate))
        #expect(scheduler.finish(tile(0)) == false)
        #expect(scheduler.receive(.pixels(tile(0)), now: clock.now) == .drop(.duplicate))
        #expect(scheduler.receive(.failure(tile(0)), now: clock.now) == .drop(.duplicate))
        #expect(scheduler.inFlight == 3)
    }

    @Test func aTileThatWasDoneBeforeIsNotAccepted() {
        var scheduler = Scheduler(partitions: 4)
        scheduler.begin(PassID(job: job, number: 1), geometry: .row(of: 10), missing: [0])
        #expect(scheduler.receive(.pixels(tile(1)), now: clock.now) == .drop(.duplicate))
    }

    /// After a restart of the master, results of attempts before it may still come.
    @Test func aResultOfAnEarlierRunSavesASending() {
        var (scheduler, _) = running()
        #expect(scheduler.receive(.pixels(tile(5), attempt: 3), now: clock.now) != .drop(.duplicate))
        #expect(scheduler.inFlight == 4)
        _ = scheduler.receive(.pixels(tile(0)), now: clock.now)
        _ = scheduler.receive(.pixels(tile(1)), now: clock.now)
        #expect(scheduler.fill(now: clock.now).map(\.tile.index) == [4, 6])
    }

    @Test func resultsThatAreNotNeededAreDropped() {
        var (scheduler, _) = running()
        let stranger = TileID(job: .make(), pass: 1, index: 0)
        #expect(scheduler.receive(.pixels(stranger), now: clock.now) == .drop(.unknownJob))
        #expect(scheduler.receive(.failure(stranger), now: clock.now) == .drop(.unknownJob))
        for pass in [0, 2] {
            #expect(scheduler.receive(.pixels(tile(0, pass: pass)), now: clock.now) == .drop(.otherPass))
            #expect(scheduler.receive(.failure(tile(0, pass: pass)), now: clock.now) == .drop(.otherPass))
        }
        for index in [-1, 10, Int(Int32.max)] {
            #expect(scheduler.receive(.pixels(tile(index)), now: clock.now) == .drop(.noSuchTile))
            #expect(scheduler.receive(.failure(tile(index)), now: clock.now) == .drop(.noSuchTile))
        }
        #expect(scheduler.inFlight == 4)
        #expect(scheduler.window.outstandingBytes == 400)
    }

    @Test(arguments: [
        (PixelSize(width: 10, height: 9), PixelFormat.gray(.eight)), (PixelSize(width: 11, height: 10), .gray(.eight)),
        (PixelSize(width: 10, height: 10), .bgr(.eight)), (PixelSize(width: 10, height: 10), .gray(.sixteen)),
    ])
    func pixelsOfAnotherKindAreDropped(size: PixelSize, format: PixelFormat) {
        var (scheduler, _) = running()
        let result = TileResult.pixels(tile(0), size: size, format: format)
        #expect(scheduler.receive(result, now: clock.now) == .drop(.wrongPixels))
        #expect(scheduler.inFlight == 4)
        #expect(scheduler.receive(.pixels(tile(0)), now: clock.now) != .drop(.duplicate))
    }

    @Test func resultsAfterTheEndAreDropped() {
        var (scheduler, sent) = running()
        scheduler.end(job)
        #expect(scheduler.receive(.pixels(sent[0].tile), now: clock.now) == .drop(.unknownJob))
        #expect(scheduler.finish(sent[0].tile) == false)
        #expect(scheduler.window.outstandingBytes == 300)
        scheduler.sendFailed(sent[1])
        scheduler.sendFailed(sent[1])
        #expect(scheduler.inFlight == 0)
        #expect(scheduler.window.outstandingBytes == 200)
    }

    @Test func aTileOfAnotherPassIsNotFinished() {
        var (scheduler, sent) = running()
        #expect(scheduler.finish(tile(0, pass: 0)) == false)
        scheduler.end(job)
        scheduler.begin(PassID(job: job, number: 2), geometry: .row(of: 1), missing: [0])
        _ = scheduler.fill(now: clock.now)
        scheduler.sendFailed(sent[0])
        #expect(scheduler.finish(sent[0].tile) == false)
        #expect(scheduler.inFlight == 1)
    }

    // MARK: Lent canvases

    @Test func pixelsThatAWorkerHasWrittenItselfCount() {
        var (scheduler, sent) = running()
        let size = PixelSize(width: 10, height: 10)
        let written = { (size: PixelSize) in
            TileResult(
                tile: sent[0].tile, attempt: 1, worker: "worker-1", milliseconds: 1,
                outcome: .written(size, .gray(.eight)), loan: TileResult.Loan(id: "a", tiles: 1))
        }
        #expect(
            scheduler.receive(written(PixelSize(width: 10, height: 9)), now: clock.now) == .drop(.wrongPixels))
        #expect(scheduler.receive(written(size), now: clock.now) == .write(TileRegion(whole: size)))
        #expect(scheduler.receive(written(size), now: clock.now) == .drop(.duplicate))
    }

    /// A canvas that cannot be opened is never the tile's fault.
    @Test func aCanvasThatCannotBeOpenedCountsAsNoFailure() {
        var scheduler = Scheduler(partitions: 1)
        scheduler.begin(PassID(job: job, number: 1), geometry: .row(of: 1), missing: [0])
        for attempt in 1...10 {
            let sent = scheduler.fill(now: clock.now)
            #expect(sent.map(\.attempt) == [attempt])
            let answer = TileResult(
                tile: tile(0), attempt: attempt, worker: "worker-1", milliseconds: 1,
                outcome: .unreachable(reason: "gone"))
            #expect(scheduler.receive(answer, now: clock.now) == .sendPixels)
            #expect(scheduler.receive(answer, now: clock.now) == .drop(.duplicate))
            #expect(scheduler.inFlight == 0 && scheduler.window.outstandingBytes == 0)
        }
    }

    // MARK: Failures

    @Test func aTileIsTriedFourTimes() {
        var scheduler = Scheduler(partitions: 1)
        scheduler.begin(PassID(job: job, number: 0), geometry: .row(of: 1), missing: [0])
        for attempt in 1...4 {
            let sent = scheduler.fill(now: clock.now)
            #expect(sent.map(\.attempt) == [attempt])
            let verdict = scheduler.receive(
                .failure(tile(0, pass: 0), attempt: attempt, reason: "no memory"), now: clock.now)
            let end = Scheduler.Verdict.fail(reason: "the tile in row 1, column 1 failed 4 times, last with: no memory")
            #expect(verdict == (attempt < 4 ? .resend : end))
            #expect(scheduler.inFlight == 0)
            #expect(scheduler.window.outstandingBytes == 0)
        }
    }

    @Test func aFailureOfAnAttemptIsCountedOnce() {
        var (scheduler, _) = running()
        #expect(scheduler.receive(.failure(tile(0)), now: clock.now) == .resend)
        #expect(scheduler.receive(.failure(tile(0)), now: clock.now) == .drop(.duplicate))
        #expect(scheduler.fill(now: clock.now).map(\.tile.index) == [0])
        #expect(scheduler.receive(.failure(tile(0)), now: clock.now) == .drop(.duplicate))
        #expect(scheduler.receive(.failure(tile(0), attempt: 3), now: clock.now) == .drop(.duplicate))
        #expect(scheduler.receive(.failure(tile(0), attempt: 2), now: clock.now) == .resend)
    }

    @Test func pixelsCountWhateverFailedBefore() {
        var (scheduler, _) = running()
        _ = scheduler.receive(.failure(tile(0)), now: clock.now)
        #expect(scheduler.receive(.pixels(tile(0)), now: clock.now) != .drop(.duplicate))
        #expect(scheduler.fill(now: clock.now).map(\.tile.index) == [4])
    }

    @Test func aTileThatWasNotSentIsNoAttempt() {
        var (scheduler, sent) = running()
        for _ in 0..<10 {
            scheduler.sendFailed(sent[3])
            #expect(scheduler.inFlight == 3)
            #expect(scheduler.window.outstandingBytes == 300)
            sent[3] = scheduler.sendNext(now: clock.now) ?? sent[3]
            #expect(sent[3].tile == tile(3))
            #expect(sent[3].attempt == 1)
        }
        scheduler.sendFailed(sent[3])
        scheduler.sendFailed(sent[3])
        #expect(scheduler.inFlight == 3)
    }
}
