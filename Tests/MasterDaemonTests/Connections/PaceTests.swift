import Testing

@testable import MasterDaemon

@Suite final class PaceTests {
    private var pace = Pace(minimumRate: 1000, window: 30)

    private func isTooSlow(_ now: Double) -> Bool { pace.isTooSlow(now: now) }

    @Test func aSlowButHonestUploadOfHoursGoesOn() {
        pace.wait(now: 0)
        for second in 1...(3 * 3600) {
            pace.move(100_000)
            #expect(!isTooSlow(Double(second)))
        }
    }

    @Test func aByteASecondIsTooSlow() {
        pace.wait(now: 0)
        for second in 1...29 {
            pace.move(1)
            #expect(!isTooSlow(Double(second)))
        }
        #expect(isTooSlow(30))
    }

    @Test(arguments: [(30_000, false), (29_999, true)])
    func theFloorItself(bytes: Int, expected: Bool) {
        pace.wait(now: 0)
        pace.move(bytes)
        #expect(isTooSlow(30) == expected)
    }

    /// The master may stop reading, because of its disk or another request.
    @Test func timeInWhichTheMasterDoesNotReadDoesNotCount() {
        pace.wait(now: 0)
        pace.rest(now: 10)
        #expect(!isTooSlow(3600))
        pace.wait(now: 3600)
        #expect(!isTooSlow(3619))
        #expect(isTooSlow(3620))
    }

    /// A pause of a whole window is too slow, however much came before.
    @Test func bytesOfEarlierWindowsDoNotCount() {
        pace.wait(now: 0)
        pace.move(1_000_000_000)
        #expect(!isTooSlow(30))
        #expect(!isTooSlow(59))
        #expect(isTooSlow(60))
    }
}
