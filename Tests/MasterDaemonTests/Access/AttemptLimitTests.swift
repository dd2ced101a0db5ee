import Testing

@testable import MasterDaemon

@Suite struct AttemptLimitTests {
    private var limit = AttemptLimit()

    private mutating func fail(_ times: Int, from address: String = "a", at time: Double = 0) -> [AttemptLimit.Answer] {
        (0..<times).map { _ in limit.failed(address, now: time) }
    }

    @Test mutating func frequentFailuresAreDelayed() {
        #expect(fail(10) == Array(repeating: .reason(after: 0), count: 10))
        #expect(fail(5) == (1...5).map { .reason(after: Double($0)) })
        #expect(fail(2) == [.tooMuch(retryAfter: 1), .tooMuch(retryAfter: 1)])
        #expect(fail(1, from: "b") == [.reason(after: 0)])
    }

    /// A guesser that waits for each answer can try once a second, for any length of time.
    @Test mutating func overTimeItIsOneASecond() {
        var (time, attempts) = (0.0, 0)
        while time < 600 {
            guard case .reason(let wait) = limit.failed("a", now: time) else {
                Issue.record("refused at \(time)")
                return
            }
            time += wait
            attempts += 1
        }
        #expect((600...612).contains(attempts))
    }

    @Test mutating func aWhileWithoutFailuresForgivesAll() {
        _ = fail(100)
        #expect(fail(10, at: 15) == Array(repeating: .reason(after: 0), count: 10))
        #expect(fail(1, at: 15) == [.reason(after: 1)])
    }

    /// The holder of an IPv6 network has 65,536 blocks, and each block is counted separately. So the network is limited
    /// as a whole, too.
    @Test mutating func anIPv6NetworkIsLimitedAsAWhole() {
        var reasons = 0
        for block in 0..<1000 {
            if case .reason = limit.failed("\(block)", in: "network", now: 0) { reasons += 1 }
        }
        #expect(reasons == 120)
        #expect(limit.failed("other", in: "elsewhere", now: 0) == .reason(after: 0))
        #expect(limit.failed("1001", in: "network", now: 1) == .reason(after: 0), "eight a second")
    }

    @Test mutating func noMoreAddressesAreRememberedThanItHolds() {
        _ = fail(100, from: "first", at: 0)
        for number in 0..<(2 * AttemptLimit.capacity) { _ = limit.failed("\(number)", now: Double(number) / 1e6) }
        #expect(limit.count <= AttemptLimit.capacity)
        #expect(fail(1, from: "first", at: 0.1) == [.reason(after: 0)], "the oldest address is forgotten first")
    }
}
