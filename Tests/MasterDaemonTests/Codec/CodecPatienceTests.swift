import Testing

@testable import MasterDaemon

@Suite struct CodecPatienceTests {
    private static let start = SuspendingClock.now

    private static func patience() -> CodecPatience {
        CodecPatience(.seconds(100), cpuTime: .seconds(7), now: start)
    }

    private static func isOver(_ patience: inout CodecPatience, _ cpuTime: Duration?, after seconds: Double) -> Bool {
        patience.isOver(cpuTime: cpuTime, now: after(seconds))
    }

    private static func after(_ seconds: Double) -> SuspendingClock.Instant { start + .seconds(seconds) }

    @Test func itIsOverWhenNothingWasDone() {
        var patience = Self.patience()
        #expect(!Self.isOver(&patience, .seconds(7), after: 99.9))
        #expect(Self.isOver(&patience, .seconds(7), after: 100))
    }

    @Test func whoeverWakesUpNowAndThenDoesNothing() {
        var patience = Self.patience()
        #expect(Self.isOver(&patience, .seconds(7) + .milliseconds(199), after: 100))
    }

    @Test func processorTimeBeginsItAnew() {
        var patience = Self.patience()
        #expect(!Self.isOver(&patience, .seconds(7) + .milliseconds(200), after: 100))
        #expect(!Self.isOver(&patience, .seconds(7) + .milliseconds(200), after: 199))
        #expect(Self.isOver(&patience, .seconds(7) + .milliseconds(200), after: 200))
    }

    @Test func rowsBeginItAnew() {
        var patience = Self.patience()
        patience.begin(cpuTime: .seconds(7), now: Self.after(50))
        #expect(!Self.isOver(&patience, .seconds(7), after: 149))
        #expect(Self.isOver(&patience, .seconds(7), after: 150))
    }

    @Test func aProcessThatHasEndedIsNotImpatientlyWaitedFor() {
        var patience = Self.patience()
        #expect(!Self.isOver(&patience, nil, after: 100))
    }
}
