import Foundation
import Testing
import TileCore

@testable import MasterDaemon

/// Two instances with one id.
@Suite struct FleetIdentityTests {
    private var fleet = FleetRegistry()
    private var clock = FakeClock()

    /// Advances the clock by some seconds, calls `tick`, and hears a heartbeat of an instance.
    private mutating func hear(
        _ instance: String, after seconds: Double = 0, state: Heartbeat.State = .online
    ) -> [FleetRegistry.Event] {
        clock.advance(.seconds(seconds))
        let events = fleet.tick(at: clock.now)
        return events
            + fleet.hear(
                .of("worker-1", instance: instance, host: "host-of-\(instance)", state: state), at: clock.now,
                date: Date())
    }

    private var holder: String? { fleet.workers["worker-1"]?.heartbeat.instance }

    private func refused(_ instance: String, holder: String) -> FleetRegistry.Event {
        .refused(
            worker: "worker-1", instance: instance, host: "host-of-\(instance)", holder: "host-of-\(holder)")
    }

    @Test mutating func theLaterOfTwoIsRefused() {
        _ = hear("first")
        #expect(hear("second", after: 1) == [])
        #expect(holder == "first")
        #expect(hear("first", after: 1) == [refused("second", holder: "first")])
        #expect(hear("first", after: 2) == [])
        #expect(holder == "first")
    }

    @Test mutating func theLaterInstanceIsRefusedEachTime() {
        _ = hear("first")
        for _ in 0..<20 {
            #expect(hear("second", after: 1) == [])
            #expect(hear("first", after: 1) == [refused("second", holder: "first")])
        }
        #expect(holder == "first")
    }

    @Test mutating func everyOtherInstanceIsRefused() {
        _ = hear("first")
        for other in ["second", "third", "fourth"] {
            _ = hear(other, after: 1)
            #expect(hear("first", after: 1) == [refused(other, holder: "first")])
        }
    }

    @Test mutating func aRestartTakesOverOnceTheOldInstanceIsOffline() {
        _ = hear("old")
        var events: [FleetRegistry.Event] = []
        for _ in 0..<5 { events += hear("new", after: 2) }
        #expect(holder == "new")
        #expect(events.count { if case .lost = $0 { true } else { false } } == 1)
        #expect(events.filter { $0 == .cameOnline("worker-1") }.count <= 1)
        #expect(!events.contains(refused("new", holder: "old")))
        #expect(fleet.workers["worker-1"]?.isOnline == true)
        #expect(hear("new", after: 2) == [])
    }

    /// Heartbeats of the earlier instance do not count for the rate of the new one.
    @Test mutating func anInstanceThatTakesOverStartsWithoutARate() {
        _ = hear("old")
        for _ in 0..<5 { _ = hear("new", after: 2) }
        #expect(fleet.workers["worker-1"]?.rates.allSatisfy { $0 == 0 } == true)
    }

    @Test mutating func aRestartOfAnOfflineWorkerTakesOverAtOnce() throws {
        _ = hear("old")
        let heard = try #require(fleet.workers["worker-1"]).heard
        let lost = LostWorker(id: "worker-1", partitions: [], heard: heard, alone: nil)
        #expect(hear("new", after: 10) == [.lost(lost), .wentOffline("worker-1"), .cameOnline("worker-1")])
        #expect(holder == "new")
    }

    @Test mutating func aRestartOfAWorkerThatHasLeftTakesOverAtOnce() {
        _ = hear("old")
        _ = hear("old", after: 2, state: .leaving)
        #expect(hear("new", after: 1) == [.cameOnline("worker-1")])
        #expect(holder == "new")
    }

    @Test mutating func theRefusedInstancesLastHeartbeatIsIgnored() {
        _ = hear("first")
        _ = hear("second", after: 1)
        #expect(hear("second", after: 0.1, state: .leaving) == [])
        #expect(fleet.workers["worker-1"]?.isOnline == true)
        #expect(holder == "first")
    }

    /// The heartbeat was in flight when its instance ended.
    @Test mutating func theOldInstancesLastHeartbeatIsIgnored() {
        _ = hear("old")
        _ = hear("new", after: 10)
        #expect(hear("old", state: .leaving) == [])
        #expect(fleet.workers["worker-1"]?.isOnline == true)
        #expect(holder == "new")
    }
}
