import Testing
import TileCore

@testable import MasterDaemon

@Suite struct StageMeterTests {
    @Test func workOnAThreadIsCounted() {
        let meter = StageMeter()
        let result = meter.measure(.cut, bytes: 300) { burn(.milliseconds(20)) }
        _ = meter.measure(.cut, bytes: 200) { burn(.milliseconds(5)) }
        #expect(result > .zero)
        let use = meter[.cut]
        #expect(use.count == 2 && use.bytes == 500)
        #expect(use.cpu ?? .zero >= .milliseconds(25))
        #expect(use.wall >= use.cpu ?? .zero)
        #expect(meter[.paste] == StageMeter.Use(cpu: .zero))
    }

    @Test func workThatFailsIsNotCounted() {
        let meter = StageMeter()
        #expect(throws: JobFailure.self) { try meter.measure(.paste, bytes: 1) { throw JobFailure(reason: "x") } }
        #expect(meter[.paste].count == 0)
    }

    /// Transport takes its processor time on other threads.
    @Test func theProcessorTimeOfTransportIsNotKnown() {
        let meter = StageMeter()
        #expect(meter[.transport].cpu == nil)
        meter.add(.transport, bytes: 1, wall: .seconds(1))
        #expect(meter[.transport] == StageMeter.Use(count: 1, bytes: 1, wall: .seconds(1)))
    }

    @Test func sumsAreByStage() {
        let meter = StageMeter()
        meter.add(.kernel, bytes: 10, wall: .milliseconds(3), cpu: .milliseconds(2))
        meter.add(.kernel, bytes: 10, wall: .milliseconds(3), cpu: .milliseconds(2))
        meter.add(.encode, bytes: 7, wall: .milliseconds(1), cpu: .milliseconds(4))
        #expect(
            meter[.kernel] == StageMeter.Use(count: 2, bytes: 20, wall: .milliseconds(6), cpu: .milliseconds(4)))
        #expect(
            meter[.encode] == StageMeter.Use(count: 1, bytes: 7, wall: .milliseconds(1), cpu: .milliseconds(4)))
    }

    /// Uses the processor, and returns the used time.
    private func burn(_ time: Duration) -> Duration {
        let start = ThreadClock.cpuTime
        while ThreadClock.cpuTime - start < time {}
        return ThreadClock.cpuTime - start
    }
}
