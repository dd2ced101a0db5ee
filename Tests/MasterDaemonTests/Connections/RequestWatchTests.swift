import Testing

@testable import MasterDaemon

@Suite final class RequestWatchTests {
    private var watch = RequestWatch(ConnectionLimits(), now: 0)

    private func check(_ now: Double) -> RequestWatch.Verdict { watch.check(now: now) }

    private func isTold(_ verdict: RequestWatch.Verdict) -> Bool {
        if case .tell(let error) = verdict { error.code == .tooSlow } else { false }
    }

    /// Performs a whole request with its answer.
    private func exchange(at now: Double) {
        watch.received(1, now: now)
        watch.head(now: now)
        watch.requestEnded(now: now)
        watch.answerBegan()
        watch.answerEnded(now: now)
    }

    /// The size of a body does not include extensions of chunks, so framing has a limit of its own.
    @Test func framingWithoutEnd() {
        watch.received(100, now: 0)
        watch.head(now: 0)
        // Chunks of one byte are fine.
        for _ in 0..<100_000 {
            watch.received(6, now: 1)
            watch.bodyPart(1)
        }
        #expect(!watch.hasTooMuchFraming)
        for _ in 0..<100 { watch.received(1 << 16, now: 2) }
        #expect(watch.hasTooMuchFraming)
    }

    /// After a request that was answered before its body came, framing counts like the body.
    @Test func framingOfALateBody() {
        watch.received(100, now: 0)
        watch.head(now: 0)
        watch.answerBegan()
        watch.answerEnded(now: 0)
        watch.received(1 << 20, now: 1)
        #expect(!watch.isTooLate)
        watch.received(1, now: 1)
        #expect(watch.isTooLate)
    }

    @Test func nothingAtAllForTenSeconds() {
        #expect(check(9) == .fine)
        #expect(check(10) == .close)
    }

    /// The time begins with the connection, not with the first byte.
    @Test func firstHeaderAfterASilence() {
        watch.received(1, now: 9)
        #expect(check(9.5) == .fine)
        #expect(isTold(check(10)))
    }

    @Test func headerAfterAPauseBetweenRequests() {
        exchange(at: 0)
        watch.received(1, now: 50)
        #expect(check(59) == .fine)
        #expect(isTold(check(60)))
    }

    @Test func aHeaderThatDripsIn() {
        for second in 0..<10 {
            watch.received(1, now: Double(second))
            #expect(check(Double(second)) == .fine)
        }
        #expect(isTold(check(10)))
    }

    @Test func betweenTwoRequestsThereIsAMinute() {
        exchange(at: 5)
        #expect(check(64) == .fine)
        #expect(check(65) == .close)
    }

    @Test func theSecondHeaderHasTenSeconds() {
        exchange(at: 0)
        watch.received(1, now: 50)
        #expect(check(59) == .fine)
        #expect(isTold(check(60)))
    }

    @Test func anAnswerMayTakeAsLongAsItTakes() {
        watch.received(1, now: 0)
        watch.head(now: 0)
        watch.requestEnded(now: 0)
        #expect(check(3600) == .fine)
        watch.answerEnded(now: 3600)
        #expect(check(3659) == .fine)
        #expect(check(3660) == .close)
    }

    /// Bytes that come while an earlier request is answered wait in the socket. Their time begins after that answer.
    @Test func aHeaderBehindALongAnswerHasItsTimeAfterIt() {
        watch.received(1, now: 0)
        watch.head(now: 0)
        watch.requestEnded(now: 0)
        watch.received(1, now: 1)
        #expect(check(500) == .fine)
        watch.answerEnded(now: 500)
        #expect(check(509) == .fine)
        #expect(isTold(check(510)))
    }

    @Test func aBodyThatDripsInIsTold() {
        watch.received(1, now: 0)
        watch.head(now: 0)
        for second in 1..<30 {
            watch.received(1, now: Double(second))
            watch.bodyPart(1)
            #expect(check(Double(second)) == .fine)
        }
        #expect(isTold(check(30)))
    }

    @Test func aBodyThatDripsInAfterItsAnswerIsClosed() {
        watch.received(1, now: 0)
        watch.head(now: 0)
        watch.answerBegan()
        watch.answerEnded(now: 1)
        #expect(check(30) == .close)
    }

    /// The request was refused, and the client goes on sending.
    @Test func theRestOfARefusedBodyHasAnEnd() {
        watch.received(1, now: 0)
        watch.head(now: 0)
        watch.received(10 << 20, now: 0)
        watch.bodyPart(10 << 20)
        watch.answerBegan()
        watch.answerEnded(now: 1)
        #expect(!watch.isTooLate, "what came before the answer does not count")
        watch.received(1 << 20, now: 1)
        #expect(!watch.isTooLate)
        watch.received(1, now: 1)
        #expect(watch.isTooLate)
        watch.requestEnded(now: 2)
        #expect(!watch.isTooLate)
    }

    @Test func theRestOfARefusedBodyHasTenSeconds() {
        watch.received(1, now: 0)
        watch.head(now: 0)
        watch.answerBegan()
        watch.answerEnded(now: 1)
        for second in 2..<11 {
            watch.bodyPart(50_000)
            #expect(check(Double(second)) == .fine)
        }
        #expect(check(11) == .close)
    }

    @Test func aBodyThatTheMasterDoesNotReadMayWait() {
        watch.received(1, now: 0)
        watch.head(now: 0)
        watch.rests(now: 0)
        #expect(check(3600) == .fine)
    }

    @Test func errorsAreSentOnlyBetweenAnswers() {
        #expect(watch.canTell)
        watch.head(now: 0)
        #expect(watch.canTell, "the body is broken, and nobody has answered")
        watch.answerBegan()
        #expect(!watch.canTell)
        watch.answerEnded(now: 0)
        #expect(!watch.canTell, "the request has its answer")
        watch.requestEnded(now: 0)
        #expect(watch.canTell)
        watch.head(now: 0)
        watch.requestEnded(now: 0)
        #expect(!watch.canTell, "the answer to the request comes first")
    }
}
