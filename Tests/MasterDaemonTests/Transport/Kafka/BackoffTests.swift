import Testing

@testable import MasterDaemon

@Suite struct BackoffTests {
    private func pauses(after lives: [Double]) -> [Duration] {
        var backOff = Backoff()
        return lives.map { backOff.pause(after: .seconds($0)) }
    }

    @Test func everyShortLifeDoublesThePause() {
        let expected: [Duration] = [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]
            .map { .milliseconds($0) }
        #expect(pauses(after: Array(repeating: 0.1, count: 11)) == expected)
    }

    @Test func aLifeOfAMinuteResetsThePause() {
        let pauses = pauses(after: [0, 0, 0, 60, 60.1, 0])
        #expect(pauses == [200, 400, 800, 1600, 200, 400].map { .milliseconds($0) })
    }
}
