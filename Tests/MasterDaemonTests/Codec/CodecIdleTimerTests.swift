import Testing

@testable import MasterDaemon

@Suite struct CodecIdleTimerTests {
    private static let start = SuspendingClock.now

    private static func timer() -> CodecIdleTimer {
        CodecIdleTimer(.seconds(100), cpuTime: .seconds(7), now: start)
    }

    private static func isOver(_ timer: inout CodecIdleTimer, _ cpuTime: Duration?, after seconds: Double) -> Bool {
        timer.isOver(cpuTime: cpuTime, now: after(seconds))
    }

    private static func after(_ seconds: Double) -> SuspendingClock.Instant { start + .seconds(seconds) }

    @Test func idleProcessReachesTheLimit() {
        var timer = Self.timer()
        #expect(!Self.isOver(&timer, .seconds(7), after: 99.9))
        #expect(Self.isOver(&timer, .seconds(7), after: 100))
    }

    @Test func littleProcessorTimeCountsAsIdle() {
        var timer = Self.timer()
        #expect(Self.isOver(&timer, .seconds(7) + .milliseconds(199), after: 100))
    }

    @Test func processorTimeRestartsTheTimer() {
        var timer = Self.timer()
        #expect(!Self.isOver(&timer, .seconds(7) + .milliseconds(200), after: 100))
        #expect(!Self.isOver(&timer, .seconds(7) + .milliseconds(200), after: 199))
        #expect(Self.isOver(&timer, .seconds(7) + .milliseconds(200), after: 200))
    }

    @Test func rowsRestartTheTimer() {
        var timer = Self.timer()
        timer.begin(cpuTime: .seconds(7), now: Self.after(50))
        #expect(!Self.isOver(&timer, .seconds(7), after: 149))
        #expect(Self.isOver(&timer, .seconds(7), after: 150))
    }

    @Test func endedProcessIsNotIdle() {
        var timer = Self.timer()
        #expect(!Self.isOver(&timer, nil, after: 100))
    }
}
