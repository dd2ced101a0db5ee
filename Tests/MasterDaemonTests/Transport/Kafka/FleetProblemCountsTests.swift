import Foundation
import Testing
import TileCore

@testable import MasterDaemon

/// The problems that workers report, summed over all workers since the master's start.
@Suite struct FleetProblemCountsTests {
    private var clock = FakeClock()
    private var fleet: FleetRegistry

    init() { fleet = FleetRegistry(start: clock.now) }

    private mutating func hear(
        _ worker: String, instance: String = "i", at uptime: Double = 0, _ rebalances: Int?, _ reconnects: Int? = 0,
        state: Heartbeat.State = .online
    ) {
        let heartbeat = Heartbeat.of(
            worker, instance: instance, uptime: uptime, state: state, rebalances: rebalances, reconnects: reconnects)
        _ = fleet.hear(heartbeat, at: clock.now, date: Date())
    }

    @Test mutating func countsOfAllWorkersAreSummed() {
        hear("a", 1)
        hear("b", 2, 1)
        #expect(fleet.problemCounts == ClusterProblemCounts(rebalances: 3, reconnects: 1))
        hear("a", at: 2, 1)
        hear("b", at: 2, 4, 1)
        #expect(fleet.problemCounts == ClusterProblemCounts(rebalances: 5, reconnects: 1))
    }

    /// When partitions change, a heartbeat comes at once. It gives no rate, but its counts are used.
    @Test mutating func everyHeartbeatCounts() {
        hear("a", at: 0, 1)
        hear("a", at: 0.1, 2)
        hear("a", at: 0.2, 3, 1)
        #expect(fleet.problemCounts == ClusterProblemCounts(rebalances: 3, reconnects: 1))
    }

    @Test mutating func aWorkerThatIsOfflineStillCounts() {
        hear("a", 3)
        hear("a", at: 2, 4, state: .leaving)
        #expect(fleet.problemCounts.rebalances == 4)
        clock.advance(.seconds(5))
        hear("a", instance: "next", at: 1, 1)
        #expect(fleet.problemCounts.rebalances == 5)
        hear("a", instance: "next", at: 3, 2)
        #expect(fleet.problemCounts.rebalances == 6)
    }

    @Test mutating func countsOfANewInstanceStartAtZero() {
        hear("a", 3)
        clock.advance(.seconds(10))
        _ = fleet.tick(at: clock.now)
        hear("a", instance: "next", at: 1, 1)
        #expect(fleet.problemCounts.rebalances == 4)
    }

    @Test mutating func problemsBeforeTheMastersStartAreNotCounted() {
        clock.advance(.seconds(1))
        hear("a", at: 100, 40, 7)
        #expect(fleet.problemCounts == ClusterProblemCounts())
        hear("a", at: 102, 41, 8)
        #expect(fleet.problemCounts == ClusterProblemCounts(rebalances: 1, reconnects: 1))
    }

    @Test mutating func theCountNeverFalls() {
        hear("a", 5, 5)
        hear("a", at: 2, nil, nil)
        hear("a", at: 4, 2, 2)
        hear("a", at: 6, 6, 5)
        #expect(fleet.problemCounts == ClusterProblemCounts(rebalances: 6, reconnects: 5))
    }

    /// A second instance under the id is refused and does not belong to the fleet.
    @Test mutating func aRefusedWorkerDoesNotCount() {
        hear("a", instance: "first", 1)
        hear("a", instance: "second", at: 0.1, 9)
        hear("a", instance: "first", at: 2, 1)
        #expect(fleet.problemCounts.rebalances == 1)
    }
}
