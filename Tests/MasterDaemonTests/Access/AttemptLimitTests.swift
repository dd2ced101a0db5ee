import Testing

@testable import MasterDaemon

@Suite struct AttemptLimitTests {
    private var limit = AttemptLimit()

    private mutating func fail(_ times: Int, from address: String = "a", at time: Double = 0) {
        for _ in 0..<times { limit.failed(address, now: time) }
    }

    @Test mutating func whoFailsOftenHasToWait() {
        fail(9)
        #expect(limit.wait("a", "x", now: 0) == nil)
        fail(1)
        #expect(limit.wait("a", "x", now: 0) == 6)
        #expect(limit.wait("a", "x", now: 4) == 2)
        #expect(limit.wait("a", "x", now: 6) == nil)
        #expect(limit.wait("b", "x", now: 0) == nil)
    }

    @Test mutating func aMinuteWithoutFailuresForgivesAll() {
        fail(10)
        fail(1, at: 60)
        #expect(limit.wait("a", "x", now: 60) == nil)
        fail(8, at: 60)
        #expect(limit.wait("a", "x", now: 60) == nil)
        fail(1, at: 60)
        #expect(limit.wait("a", "x", now: 60) != nil)
    }

    /// Someone else behind the same address cannot lock a key out that was right from there before.
    @Test mutating func aKeyThatWasRightIsLookedAt() {
        fail(1)
        limit.succeeded("a", "mine", now: 0)
        fail(20)
        #expect(limit.wait("a", "mine", now: 0) == nil)
        #expect(limit.wait("a", "other", now: 0) != nil)
    }

    @Test mutating func noMoreAddressesAreRememberedThanItHolds() {
        fail(20, from: "first", at: 0)
        for number in 0..<(2 * AttemptLimit.capacity) { limit.failed("\(number)", now: Double(number + 1)) }
        #expect(limit.count <= AttemptLimit.capacity)
        #expect(limit.wait("first", "x", now: 1) == nil)
        #expect(limit.wait("\(2 * AttemptLimit.capacity - 1)", "x", now: 20_000) == nil)
    }
}
