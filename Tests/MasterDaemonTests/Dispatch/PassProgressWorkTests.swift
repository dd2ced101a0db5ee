import Testing
import TileCore

@testable import MasterDaemon

/// Several times a second, a tick of the dispatcher checks each pass. Its cost must not grow with the number of tiles.
@Suite struct PassProgressWorkTests {
    /// A pass in which 128 tiles are done and `remaining` are not. Of the latter, seven are in flight, and one waits
    /// again because its attempt was late.
    private func progress(remaining: Int, at now: ContinuousClock.Instant) -> PassProgress {
        let count = remaining + 128
        var progress = PassProgress(geometry: .row(of: count), missing: Array(0..<count))
        for index in 0..<128 {
            let attempt = progress.sendNext(partition: 0, bytes: 100, now: now)
            _ = progress.accept(index, attempt: attempt, now: now + .milliseconds(index))
            _ = progress.finish(index)
        }
        for _ in 0..<8 { _ = progress.sendNext(partition: 0, bytes: 100, now: now) }
        progress.takeBackLate(128, counting: true)
        return progress
    }

    /// The number of accesses to tiles in one tick.
    private func accesses(remaining: Int) -> Int {
        let now = ContinuousClock.now
        var progress = progress(remaining: remaining, at: now)
        let before = progress.tiles.accesses
        _ = progress.late(now: now)
        _ = progress.takeLost(now: now)
        _ = progress.stragglers(now: now)
        progress.restartClocks(now: now)
        return progress.tiles.accesses - before
    }

    @Test func theCostOfATickDoesNotDependOnTheRemainingTiles() {
        let few = accesses(remaining: 100)
        #expect(few > 0 && accesses(remaining: 10_000) == few)
    }
}
