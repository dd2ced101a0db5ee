import Synchronization
import Testing
import TileCore

@testable import WorkerDaemon

@Suite struct IDCheckTests {
    private func heartbeat(
        _ instance: String, _ state: Heartbeat.State = .online, host: String = "host-1"
    ) -> Heartbeat {
        Heartbeat(
            worker: "worker-1", instance: instance, host: host, pid: 1, state: state, slots: 1, tilesDone: 0, uptime: 0,
            partitions: [])
    }

    private func check(dead: String? = nil) -> IDCheck { IDCheck(instance: "own") { $0.instance == dead } }

    @Test func idThatNobodyHadIsFreeAtOnce() {
        var check = check()
        #expect(check.verdict == nil)
        check.hear(heartbeat("own"), at: 0)
        #expect(check.verdict == .free)
    }

    @Test func idOfAWorkerThatHasLeftIsFreeAtOnce() {
        var check = check()
        check.hear(heartbeat("a"), at: 0)
        check.hear(heartbeat("a", .leaving), at: 1)
        check.hear(heartbeat("own"), at: 2)
        #expect(check.verdict == .free)
    }

    @Test func idOfAWorkerThatIsKnownToBeDeadIsFreeAtOnce() {
        var check = check(dead: "a")
        check.hear(heartbeat("a"), at: 0)
        check.hear(heartbeat("own"), at: 100)
        #expect(check.verdict == .free)
    }

    @Test func idOfAWorkerThatIsOfflineForLongIsFreeAtOnce() {
        var check = check()
        check.hear(heartbeat("a"), at: 0)
        check.hear(heartbeat("own"), at: 60_000)
        #expect(check.verdict == .free)
    }

    @Test func idOfAWorkerThatIsHeardAgainIsTaken() {
        var check = check()
        check.hear(heartbeat("a", host: "host-7"), at: 0)
        check.hear(heartbeat("own"), at: 1500)
        #expect(check.verdict == nil)
        check.hear(heartbeat("a", host: "host-7"), at: 2000)
        #expect(check.verdict == .taken(host: "host-7"))
        // Later heartbeats do not change the verdict.
        check.hear(heartbeat("a", .leaving), at: 3000)
        check.timeOut()
        #expect(check.verdict == .taken(host: "host-7"))
    }

    @Test func idOfAWorkerThatLeavesMeanwhileIsFree() {
        var check = check()
        check.hear(heartbeat("a"), at: 0)
        check.hear(heartbeat("own"), at: 500)
        check.hear(heartbeat("a", .leaving), at: 600)
        #expect(check.verdict == .free)
    }

    @Test func idOfAWorkerThatIsNotHeardAgainIsFreeInTheEnd() {
        var check = check()
        check.hear(heartbeat("a"), at: 0)
        check.hear(heartbeat("own"), at: 500)
        check.timeOut()
        #expect(check.verdict == .free)
    }

    /// The brokers took longer than the patience, so heartbeats of another worker under the id may be unread.
    @Test func missingHeartbeatsBeforeTheOwnProveNothing() {
        var check = check()
        check.timeOut()
        #expect(check.verdict == nil)
        check.hear(heartbeat("a", host: "host-7"), at: 0)
        check.timeOut()
        #expect(check.verdict == nil)
        check.hear(heartbeat("own"), at: 500)
        check.hear(heartbeat("a", host: "host-7"), at: 1000)
        #expect(check.verdict == .taken(host: "host-7"))
    }

    /// Of two workers that start at the same time, exactly one stays.
    @Test func workerThatCameLaterIsRefused() {
        var first = IDCheck(instance: "a") { _ in false }
        var second = IDCheck(instance: "b") { _ in false }
        for (time, instance) in ["a", "b", "a", "b"].enumerated() {
            first.hear(heartbeat(instance), at: Int64(time))
            second.hear(heartbeat(instance), at: Int64(time))
        }
        #expect(first.verdict == .free)
        #expect(second.verdict == .taken(host: "host-1"))
    }
}
