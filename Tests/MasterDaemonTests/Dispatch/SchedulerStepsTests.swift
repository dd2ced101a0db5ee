import Testing
import TileCore

@testable import MasterDaemon

/// Tiles go to workers that know their steps.
@Suite struct SchedulerStepsTests {
    private var clock = FakeClock()
    private let plain = PassID(job: .make(), number: 0)
    private let new = PassID(job: .make(), number: 0)
    private static let older: Set<String> = ["invert"]
    private static let newer: Set<String> = ["invert", "swirl"]

    /// Each worker in turn has the next two partitions. The last two partitions have no owner.
    private func scheduler(_ workers: [(id: String, steps: Set<String>)], lossless: Bool = false) -> Scheduler {
        var scheduler = Scheduler(partitions: 2 * workers.count + 2, limits: .init(isLossless: lossless))
        set(workers, in: &scheduler)
        return scheduler
    }

    private func set(_ workers: [(id: String, steps: Set<String>)], in scheduler: inout Scheduler) {
        var owners: [Int: PartitionWindow.Owner] = [:]
        for (index, worker) in workers.enumerated() {
            let owner = PartitionWindow.Owner(worker: worker.id, slots: 1, steps: worker.steps)
            (owners[2 * index], owners[2 * index + 1]) = (owner, owner)
        }
        scheduler.setFleet(
            slots: workers.count, owners: owners,
            steps: Dictionary(uniqueKeysWithValues: workers.map { ($0.id, $0.steps) }))
    }

    private func begin(_ pass: PassID, _ steps: Set<String>, in scheduler: inout Scheduler) {
        scheduler.begin(pass, geometry: .row(of: 100), steps: steps, missing: Array(0..<100))
    }

    @Test func onlyWorkersThatKnowTheStepsGetTiles() {
        var scheduler = scheduler([("old", Self.older), ("new", Self.newer)])
        begin(new, ["swirl"], in: &scheduler)
        #expect(Set(scheduler.fill(now: clock.now).map(\.partition)) == [2, 3])
    }

    /// A partition without a known owner may belong to a worker without heartbeats.
    @Test func workersThatSayNothingKnowTheOriginalSteps() {
        var scheduler = scheduler([("old", Self.older)])
        begin(plain, ["sepia"], in: &scheduler)
        #expect(Set(scheduler.fill(now: clock.now).map(\.partition)) == [2, 3])
        begin(new, ["swirl"], in: &scheduler)
        #expect(scheduler.fill(now: clock.now).isEmpty)
    }

    @Test mutating func tilesWaitUntilAWorkerKnowsTheirSteps() {
        var scheduler = scheduler([("old", Self.older)])
        begin(new, ["swirl", "invert"], in: &scheduler)
        #expect(scheduler.fill(now: clock.now).isEmpty)
        // None of the pass's tiles is late, however long they wait.
        clock.advance(.seconds(1000))
        #expect(scheduler.tick(now: clock.now, answering: .yes) == Scheduler.Lateness())
        set([("old", Self.older), ("new", Self.newer)], in: &scheduler)
        #expect(!scheduler.fill(now: clock.now).isEmpty)
    }

    /// A window full of tiles for one worker would leave the others idle.
    @Test func tilesThatFewCanDoLeaveCapacityForOthers() {
        var scheduler = scheduler((0..<7).map { ("old-\($0)", Self.older) } + [("new", Self.newer)])
        begin(new, ["swirl"], in: &scheduler)
        let first = scheduler.fill(now: clock.now)
        #expect(first.count == 3)
        begin(plain, ["invert"], in: &scheduler)
        let others = scheduler.fill(now: clock.now)
        #expect(others.count == 8 * 3 - 3)
        #expect(Set(others.map { $0.partition / 2 }).isSuperset(of: 0..<7))
    }

    @Test func aFailureOfAWorkerThatDoesNotKnowTheStepsDoesNotCount() throws {
        var scheduler = scheduler([("worker-1", Self.older), ("new", Self.newer)])
        begin(new, ["swirl"], in: &scheduler)
        let sent = try #require(scheduler.fill(now: clock.now).first)
        // Each time the older worker fails the tile, as if its partition had been reassigned to that worker.
        var attempt = sent.attempt
        for _ in 0..<10 {
            #expect(scheduler.receive(.failure(sent.tile, attempt: attempt), now: clock.now) == .resend)
            let again = try #require(scheduler.fill(now: clock.now).first { $0.tile == sent.tile })
            #expect(again.attempt == attempt + 1)
            attempt = again.attempt
        }
    }

    @Test func aFailureOfAWorkerThatKnowsTheStepsCounts() throws {
        var scheduler = scheduler([("worker-1", Self.newer)])
        begin(new, ["swirl"], in: &scheduler)
        var sent = try #require(scheduler.fill(now: clock.now).first)
        for _ in 1..<4 {
            #expect(scheduler.receive(.failure(sent.tile, attempt: sent.attempt), now: clock.now) == .resend)
            sent = try #require(scheduler.fill(now: clock.now).first { $0.tile == sent.tile })
        }
        guard case .fail = scheduler.receive(.failure(sent.tile, attempt: sent.attempt), now: clock.now) else {
            Issue.record("the fourth failure did not fail the job")
            return
        }
    }

    /// The only other worker does not know the steps, so there is no speculative attempt.
    @Test mutating func aSpeculativeAttemptGoesToAWorkerThatKnowsTheSteps() throws {
        var scheduler = scheduler([("old", Self.older), ("new", Self.newer)])
        scheduler.begin(new, geometry: .row(of: 2), steps: ["swirl"], missing: [0, 1])
        let sent = scheduler.fill(now: clock.now)
        #expect(sent.count == 2)
        clock.advance(.milliseconds(100))
        _ = scheduler.complete(sent[0], now: clock.now)
        clock.advance(.seconds(3))
        #expect(scheduler.fill(now: clock.now).isEmpty)
    }

    /// Threads of this process know all of its steps.
    @Test func aLosslessTransportTakesAll() {
        var scheduler = scheduler([], lossless: true)
        begin(new, ["swirl"], in: &scheduler)
        #expect(!scheduler.fill(now: clock.now).isEmpty)
    }
}
