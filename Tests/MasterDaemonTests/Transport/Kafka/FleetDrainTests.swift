import Foundation
import Testing
import TileCore

@testable import MasterDaemon

/// Workers that are told to drain.
@Suite struct FleetDrainTests {
    private var fleet = FleetRegistry()
    private var clock = FakeClock()

    private mutating func hear(_ heartbeat: Heartbeat) -> [FleetRegistry.Event] {
        fleet.hear(heartbeat, at: clock.now, date: Date())
    }

    private mutating func forget() -> Bool { fleet.forget("w") }

    private var isDraining: Bool? { fleet.workers["w"]?.isDraining }

    @Test mutating func theOrderIsForTheInstanceThatHasTheID() {
        #expect(fleet.drain("w") == nil)
        _ = hear(.of("w", instance: "first"))
        #expect(isDraining == false)
        #expect(fleet.drain("w")?.instance == "first")
        #expect(isDraining == true)
        #expect(fleet.drain("w")?.instance == "first")
    }

    @Test mutating func drainingLastsUntilTheWorkerIsOffline() {
        _ = hear(.of("w"))
        _ = fleet.drain("w")
        #expect(hear(.of("w", uptime: 2)) == [])
        #expect(isDraining == true)
        #expect(fleet.view.online == 1)
        #expect(hear(.of("w", uptime: 3, state: .leaving)) == [.wentOffline("w")])
        #expect(fleet.drain("w") == nil)
        #expect(hear(.of("w", instance: "next")) == [.cameOnline("w")])
        #expect(isDraining == false)
    }

    @Test mutating func aLostWorkerCannotBeDrained() {
        _ = hear(.of("w"))
        clock.advance(.seconds(8))
        _ = fleet.tick(at: clock.now)
        #expect(fleet.drain("w") == nil)
    }

    @Test mutating func onlyAWorkerThatIsNotOnlineIsForgotten() {
        #expect(forget() == true)
        _ = hear(.of("w"))
        #expect(forget() == false)
        clock.advance(FleetRegistry.patience + .seconds(1))
        _ = fleet.tick(at: clock.now)
        #expect(forget() == true)
        #expect(fleet.workers.isEmpty)
        // The next heartbeat brings the worker back as a new one.
        #expect(hear(.of("w", uptime: 20)) == [.cameOnline("w")])
        #expect(fleet.view.online == 1)
    }

    @Test mutating func anUndeliveredOrderIsForgotten() {
        _ = hear(.of("w", instance: "first"))
        _ = fleet.drain("w")
        fleet.forgetDrain(of: "w", instance: "other")
        #expect(isDraining == true)
        fleet.forgetDrain(of: "w", instance: "first")
        #expect(isDraining == false)
    }
}
