import Testing

@testable import MasterDaemon

@Suite struct RoundTripsTests {
    private func timeout(after samples: [Double], failedAttempts: Int = 0) -> Duration {
        var trips = RoundTrips()
        for sample in samples { trips.add(.seconds(sample)) }
        return trips.timeout(failedAttempts: failedAttempts)
    }

    @Test func withoutSamplesItIsThirtySeconds() {
        #expect(timeout(after: []) == .seconds(30))
    }

    @Test func fastTilesAreGivenFiveSeconds() {
        #expect(timeout(after: [0.001]) == .seconds(5))
        #expect(timeout(after: Array(repeating: 1.6, count: 50)) == .seconds(5))
    }

    private static let cases: [([Double], Double)] = [
        ([4], 12),
        (Array(stride(from: 1, through: 10, by: 1)), 30),
        (Array(stride(from: 100, through: 1, by: -1)), 273),
        // One slow tile in a hundred does not change the 90th percentile.
        (Array(repeating: 2, count: 99) + [1000], 6),
        (Array(repeating: 2, count: 89) + Array(repeating: 20, count: 11), 60),
    ]

    @Test(arguments: cases)
    func otherwiseThreeTimesTheSlowestTenth(samples: [Double], seconds: Double) {
        #expect(timeout(after: samples) == .seconds(seconds))
    }

    @Test(arguments: zip(0...5, [1, 2, 4, 8, 16, 32])) func everyAttemptHasTwiceTheTime(failed: Int, factor: Int) {
        #expect(timeout(after: [], failedAttempts: failed) == .seconds(30) * factor)
        #expect(timeout(after: [4], failedAttempts: failed) == .seconds(12) * factor)
    }

    @Test func noCountIsTooHigh() {
        #expect(timeout(after: [], failedAttempts: .max) == timeout(after: [], failedAttempts: 8))
    }

    @Test func slowIsTwiceWhatHalfOfThemTook() {
        var trips = RoundTrips()
        #expect(trips.slowness == nil)
        trips.add(.milliseconds(1))
        #expect(trips.slowness == .milliseconds(100))
        for sample in [2.0, 3, 4, 1000] { trips.add(.seconds(sample)) }
        #expect(trips.slowness == .seconds(6))
    }

    /// Compares with a plain sort of the latest 128 samples, many of which are equal.
    @Test func quantilesAreThoseOfTheLatestSamples() {
        var generator = SeededGenerator(seed: 5)
        var (trips, samples) = (RoundTrips(), [Duration]())
        for _ in 0..<1000 {
            let sample = Duration.seconds(Int.random(in: 2...30, using: &generator))
            trips.add(sample)
            samples.append(sample)
            let latest = samples.suffix(128).sorted()
            #expect(trips.timeout(failedAttempts: 0) == latest[latest.count * 9 / 10] * 3)
            #expect(trips.slowness == latest[latest.count / 2] * 2)
        }
    }

    @Test func onlyTheLatestSamplesCount() {
        let slow = Array(repeating: 100.0, count: 200)
        #expect(timeout(after: slow + Array(repeating: 2, count: 100)) == .seconds(300))
        #expect(timeout(after: slow + Array(repeating: 2, count: 128)) == .seconds(6))
    }
}
