import Foundation
import Testing
import TileCore

@testable import MasterDaemon

/// Online and offline workers.
@Suite struct FleetRegistryTests {
    private var fleet = FleetRegistry()
    private var clock = FakeClock()
    private let date = Date(timeIntervalSince1970: 1_700_000_000)

    private mutating func hear(_ heartbeat: Heartbeat) -> [FleetRegistry.Event] {
        fleet.hear(heartbeat, at: clock.now, date: date)
    }

    private mutating func tick(after duration: Duration) -> [FleetRegistry.Event] {
        clock.advance(duration)
        return fleet.tick(at: clock.now)
    }

    @Test mutating func theFirstHeartbeatBringsAWorkerOnline() throws {
        #expect(hear(.of("worker-1")) == [.cameOnline("worker-1")])
        #expect(hear(.of("worker-1", uptime: 2)) == [])
        let worker = try #require(fleet.workers["worker-1"])
        #expect(worker.isOnline)
        #expect(worker.date == date)
        #expect(fleet.view.online == 1)
    }

    @Test mutating func afterSevenSecondsWithoutHeartbeatAWorkerIsOffline() {
        _ = hear(.of("worker-1", partitions: [3]))
        let lost = LostWorker(id: "worker-1", partitions: [3], heard: clock.now, alone: nil)
        #expect(tick(after: .seconds(7)) == [])
        #expect(tick(after: .nanoseconds(1)) == [.lost(lost), .wentOffline("worker-1")])
        #expect(tick(after: .seconds(100)) == [])
        #expect(fleet.workers["worker-1"]?.isOnline == false)
        #expect(fleet.view == FleetView(online: 0, slots: 0, owners: [:]))
    }

    @Test mutating func canvasesAreLentToWorkersThatReportTheLender() {
        _ = hear(.of("worker-1", partitions: [0, 1], lender: "a"))
        _ = hear(.of("worker-2", partitions: [2], lender: "b"))
        _ = hear(.of("worker-3", partitions: [3]))
        #expect(fleet.borrowers(of: "a", in: fleet.view) == [0, 1])
        // The partition's latest owner counts.
        clock.advance(.seconds(1))
        _ = hear(.of("worker-3", partitions: [1, 3]))
        #expect(fleet.borrowers(of: "a", in: fleet.view) == [0])
        _ = tick(after: .seconds(8))
        #expect(fleet.borrowers(of: "a", in: fleet.view).isEmpty)
    }

    @Test mutating func aPausedMasterCountsNoWorkerAsOffline() {
        _ = hear(.of("worker-1"))
        clock.advance(.seconds(60))
        fleet.restartPatience(at: clock.now)
        #expect(tick(after: .seconds(7)) == [])
        #expect(tick(after: .seconds(1)).contains(.wentOffline("worker-1")))
    }

    @Test mutating func anyHeartbeatBringsAWorkerBackOnline() {
        _ = hear(.of("worker-1"))
        _ = tick(after: .seconds(8))
        #expect(hear(.of("worker-1", uptime: 8)) == [.cameOnline("worker-1")])
        #expect(fleet.view.online == 1)
    }

    @Test mutating func anOfflineWorkerCanBeForgotten() {
        _ = hear(.of("old"))
        _ = tick(after: .seconds(8))
        _ = hear(.of("new"))
        // A worker that has come back meanwhile stays.
        fleet.forget(["old", "new", "never heard"])
        #expect(Array(fleet.workers.keys) == ["new"])
        #expect(hear(.of("old", uptime: 100)) == [.cameOnline("old")])
    }

    @Test mutating func oneWorkersHeartbeatIsNotAnothers() {
        _ = hear(.of("worker-1"))
        let lost = LostWorker(id: "worker-1", partitions: [], heard: clock.now, alone: nil)
        _ = hear(.of("worker-2"))
        clock.advance(.seconds(5))
        _ = hear(.of("worker-2", uptime: 5))
        #expect(tick(after: .seconds(5)) == [.lost(lost), .wentOffline("worker-1")])
        #expect(fleet.view.online == 1)
    }

    @Test mutating func aWorkerThatLeavesIsOfflineAtOnce() {
        _ = hear(.of("worker-1"))
        #expect(hear(.of("worker-1", uptime: 2, state: .leaving)) == [.wentOffline("worker-1")])
        #expect(hear(.of("worker-1", uptime: 2, state: .leaving)) == [])
        #expect(tick(after: .seconds(8)) == [])
        #expect(fleet.view.online == 0)
    }

    @Test mutating func anUnknownWorkerThatLeavesIsNotAnEvent() {
        #expect(hear(.of("worker-1", state: .leaving)) == [])
        #expect(fleet.workers["worker-1"]?.isOnline == false)
    }

    // MARK: Rates and the dispatcher's view

    @Test mutating func theRateIsOfTilesBetweenHeartbeats() {
        _ = hear(.of("worker-1", uptime: 10, tilesDone: 100))
        #expect(fleet.workers["worker-1"]?.rate == 0)
        _ = hear(.of("worker-1", uptime: 12, tilesDone: 130))
        #expect(fleet.workers["worker-1"]?.rate == 15)
        _ = hear(.of("worker-1", uptime: 16, tilesDone: 130))
        #expect(fleet.workers["worker-1"]?.rates == [15, 0])
    }

    @Test mutating func aHeartbeatInShortSuccessionGivesNoRate() {
        _ = hear(.of("worker-1", uptime: 10, tilesDone: 100, partitions: [0]))
        _ = hear(.of("worker-1", uptime: 10.1, tilesDone: 101, partitions: [0, 1]))
        #expect(fleet.workers["worker-1"]?.rates == [])
        #expect(fleet.workers["worker-1"]?.heartbeat.partitions == [0, 1])
        _ = hear(.of("worker-1", uptime: 12, tilesDone: 120))
        #expect(fleet.workers["worker-1"]?.rate == 10)
    }

    @Test mutating func aDecreasingCountGivesNoNegativeRate() {
        _ = hear(.of("worker-1", uptime: 10, tilesDone: 100))
        _ = hear(.of("worker-1", uptime: 12, tilesDone: 5))
        #expect(fleet.workers["worker-1"]?.rate == 0)
    }

    @Test mutating func onlyTheLastRatesAreKept() {
        for beat in 0...100 { _ = hear(.of("worker-1", uptime: Double(beat) * 2, tilesDone: beat * beat)) }
        let rates = fleet.workers["worker-1"]?.rates ?? []
        #expect(rates.count == 30)
        #expect(rates.last == 99.5)
        #expect(rates == rates.sorted())
    }

    @Test mutating func anOfflineWorkerHasNoRate() {
        _ = hear(.of("worker-1", uptime: 10))
        _ = hear(.of("worker-1", uptime: 12, tilesDone: 30))
        _ = tick(after: .seconds(8))
        #expect(fleet.workers["worker-1"]?.rate == 0)
    }

    @Test mutating func theDispatcherSeesSlotsAndOwners() {
        _ = hear(.of("a", slots: 2, partitions: [0, 3]))
        _ = hear(.of("b", slots: 4, partitions: [1]))
        _ = hear(.of("c", slots: 8, partitions: []))
        let a = PartitionWindow.Owner(worker: "a", slots: 2)
        let b = PartitionWindow.Owner(worker: "b", slots: 4)
        let original = TransformCatalogue.original
        #expect(
            fleet.view
                == FleetView(
                    online: 3, slots: 14, owners: [0: a, 3: a, 1: b],
                    steps: ["a": original, "b": original, "c": original]))
        _ = hear(.of("a", uptime: 2, state: .leaving, slots: 2, partitions: [0, 3]))
        #expect(
            fleet.view == FleetView(online: 2, slots: 12, owners: [1: b], steps: ["b": original, "c": original]))
    }

    @Test mutating func theDispatcherSeesTheStepsOfEachWorker() {
        _ = hear(.of("a", partitions: [0], steps: ["invert", "swirl"]))
        _ = hear(.of("b", partitions: [1], steps: []))
        #expect(fleet.view.owners.mapValues(\.steps) == [0: ["invert", "swirl"], 1: []])
        #expect(fleet.view.steps == ["a": ["invert", "swirl"], "b": []])
    }
}
