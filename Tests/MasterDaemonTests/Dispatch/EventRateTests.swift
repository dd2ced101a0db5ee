import Testing

@testable import MasterDaemon

@Suite struct EventRateTests {
    private let start = ContinuousClock.now

    private func rate(at seconds: [Double], seenAt end: Double) -> Double {
        var rate = EventRate()
        for second in seconds { rate.add(at: start + .seconds(second)) }
        return rate.perSecond(at: start + .seconds(end))
    }

    @Test func rateAndTotalAreZeroWithoutEvents() {
        #expect(EventRate().perSecond(at: start) == 0)
        #expect(EventRate().total == 0)
    }

    @Test func anEarlyRateIsOverTheTimeSinceTheFirstEvent() {
        #expect(rate(at: [0, 0.1, 0.9], seenAt: 0.9) == 3)
        #expect(rate(at: [0, 0.1, 1.5, 2.2], seenAt: 4) == 1)
    }

    @Test func aSteadyStreamHasItsRate() {
        let steady = Array(stride(from: 0.0, to: 60, by: 0.1))
        #expect(rate(at: steady, seenAt: 59.95) == 10)
    }

    @Test func whatIsOlderThanTenSecondsIsForgotten() {
        let burst = Array(repeating: 0.0, count: 50)
        #expect(rate(at: burst, seenAt: 8) == 6.25)
        #expect(rate(at: burst, seenAt: 10) == 0)
        #expect(rate(at: burst + [11], seenAt: 11) == 0.1)
        #expect(rate(at: burst + [1000], seenAt: 1005) == 0.1)
    }

    @Test func lookingChangesNothing() {
        var rate = EventRate()
        rate.add(at: start)
        #expect(rate.perSecond(at: start + .seconds(100)) == 0)
        #expect(rate.perSecond(at: start) == 1)
    }

    @Test func theTotalIncludesForgottenEvents() {
        var rate = EventRate()
        for second in stride(from: 0, to: 1000, by: 7) { rate.add(at: start + .seconds(second)) }
        #expect(rate.total == 143)
    }
}
