import Testing

@testable import MasterDaemon

@Suite struct TokenBucketTests {
    private let limit = RateLimit(amount: 10, window: 5)

    @Test func aWholeAmountCanBeTakenAtOnce() {
        var bucket = TokenBucket(now: 0)
        for _ in 0..<10 {
            #expect(bucket.wait(for: 1, of: limit, now: 0) == 0)
            bucket.take(1, of: limit, now: 0)
        }
        #expect(bucket.wait(for: 1, of: limit, now: 0) == 0.5)
        #expect(bucket.wait(for: 4, of: limit, now: 0) == 2)
        #expect(bucket.left(of: limit, now: 0) == 0)
    }

    @Test func useRunsOffEvenly() {
        var bucket = TokenBucket(now: 0)
        bucket.take(10, of: limit, now: 0)
        #expect(bucket.left(of: limit, now: 1) == 2)
        #expect(bucket.secondsUntilEmpty(limit, now: 1) == 4)
        #expect(bucket.left(of: limit, now: 5) == 10)
        #expect(bucket.secondsUntilEmpty(limit, now: 5) == 0)
        // Unused units do not accumulate.
        #expect(bucket.left(of: limit, now: 100) == 10)
    }

    @Test func moreThanTheLimitNeverFits() {
        var bucket = TokenBucket(now: 0)
        #expect(bucket.wait(for: 10.5, of: limit, now: 0) == .infinity)
        #expect(bucket.wait(for: 10, of: limit, now: 0) == 0)
    }

    /// A clock that goes back changes nothing.
    @Test func timeDoesNotGoBack() {
        var bucket = TokenBucket(now: 10)
        bucket.take(10, of: limit, now: 10)
        #expect(bucket.left(of: limit, now: 3) == 0)
        #expect(bucket.left(of: limit, now: 11) == 2)
    }

    @Test func simultaneousUseIsReturned() {
        let places = RateLimit(amount: 2)
        var bucket = TokenBucket(now: 0)
        bucket.take(2, of: places, now: 0)
        #expect(bucket.wait(for: 1, of: places, now: 1_000_000) == .infinity)
        bucket.give(1)
        #expect(bucket.wait(for: 1, of: places, now: 1_000_000) == 0)
    }

    /// However requests arrive, at most the amount and the units freed meanwhile are admitted.
    @Test func neverMoreThanTheLimitIsLetThrough() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let limit = RateLimit(
                amount: .random(in: 1...20, using: &generator), window: .random(in: 1...9, using: &generator))
            var (bucket, now, taken) = (TokenBucket(now: 0), 0.0, 0.0)
            for _ in 0..<300 {
                now += Double.random(in: 0...0.7, using: &generator)
                let units = Double(Int.random(in: 1...3, using: &generator))
                guard bucket.wait(for: units, of: limit, now: now) == 0 else { continue }
                bucket.take(units, of: limit, now: now)
                taken += units
            }
            let most = Double(limit.amount) * (1 + now / Double(limit.window ?? 1))
            #expect(taken <= most + 1e-6)
        }
    }
}
