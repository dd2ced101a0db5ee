import Testing

@testable import MasterDaemon

@Suite final class AnswerWatchTests {
    private var watch = AnswerWatch(ConnectionLimits())

    private func isStuck(waiting: Int? = nil, _ now: Double) -> Bool { watch.isStuck(waiting: waiting, now: now) }

    @Test func aClientThatTakesNothingIsStuck() {
        watch.queue(1_000_000)
        // The socket takes 600,000 bytes at once, then nothing more.
        for second in 0..<60 { #expect(!isStuck(waiting: 400_000, Double(second))) }
        #expect(isStuck(waiting: 400_000, 60))
    }

    @Test func aByteNowAndThenIsNotEnough() {
        watch.queue(1_000_000)
        for second in 0..<60 { #expect(!isStuck(waiting: 1_000_000 - second, Double(second))) }
        #expect(isStuck(waiting: 999_940, 60))
    }

    @Test func aSlowReaderIsNot() {
        watch.queue(100_000_000)
        for second in 0..<900 {
            #expect(!isStuck(waiting: 100_000_000 - second * 10_000, Double(second)))
        }
    }

    @Test func aSlowerOneIs() {
        watch.queue(100_000_000)
        for second in 0..<60 { #expect(!isStuck(waiting: 100_000_000 - second * 7000, Double(second))) }
        #expect(isStuck(waiting: 100_000_000 - 60 * 7000, 60))
    }

    /// A live channel without new messages has nothing to send.
    @Test func nothingToSendIsNoStandstill() {
        watch.queue(10)
        for second in 0..<3600 { #expect(!isStuck(waiting: 0, Double(second))) }
    }

    @Test func bytesThatWereReportedOneByOne() {
        watch.queue(100)
        watch.send(100)
        #expect(!isStuck(0))
        watch.queue(100)
        #expect(!isStuck(1))
        #expect(isStuck(61))
    }
}
