import Testing

@testable import MasterDaemon

@Suite struct PartitionGrowthTests {
    private var clock = FakeClock()

    private func growth(tasks: Int = 2, results: Int = 2, maximum: Int = 128) -> PartitionGrowth {
        PartitionGrowth(
            maximum: maximum, partitions: TilePartitions(tasks: tasks, results: results), at: clock.now)
    }

    // MARK: The number of partitions

    @Test(arguments: [
        (0, 2), (1, 2), (2, 2), (3, 4), (4, 4), (5, 8), (8, 8), (9, 16), (64, 64), (65, 128), (128, 128), (129, 128),
        (10_000, 128), (Int.max, 128),
    ])
    func slotsAreRoundedUpToAPowerOfTwo(slots: Int, partitions: Int) {
        #expect(growth().wanted(slots: slots) == partitions)
    }

    @Test(arguments: [(2, 2), (3, 3), (100, 100), (10_000, 10_000)])
    func theMaximumNeedNotBeAPowerOfTwo(maximum: Int, partitions: Int) {
        #expect(growth(maximum: maximum).wanted(slots: 1_000_000) == partitions)
    }

    /// The reason for powers of two: every growth costs all workers a rebalance.
    @Test func workersThatStartOneByOneCauseFewGrowths() {
        var growth = growth()
        var growths = 0
        for slots in 1...100 {
            guard case .grow(let target) = growth.step(slots: slots, at: clock.now) else { continue }
            #expect(target >= slots)
            growth.saw(TilePartitions(tasks: target, results: target), at: clock.now)
            growths += 1
        }
        #expect(growths == 6)
        #expect(growth.usable == 128)
    }

    @Test mutating func nothingShrinks() {
        var growth = growth(tasks: 16, results: 16)
        #expect(growth.step(slots: 1, at: clock.now) == .rest)
        growth.saw(TilePartitions(tasks: 8, results: 4), at: clock.now)
        #expect(growth.usable == 16)
        #expect(growth.step(slots: 1, at: clock.now) == .rest)
    }

    // MARK: The time of requests

    @Test mutating func aGrowingFleetIsServedAtOnce() {
        var growth = growth()
        #expect(growth.step(slots: 2, at: clock.now) == .rest)
        #expect(growth.step(slots: 3, at: clock.now) == .grow(to: 4))
        growth.saw(TilePartitions(tasks: 2, results: 4), at: clock.now)
        #expect(growth.usable == 2)
        #expect(growth.step(slots: 3, at: clock.now) == .grow(to: 4))
        growth.saw(TilePartitions(tasks: 4, results: 4), at: clock.now)
        #expect(growth.usable == 4)
        #expect(growth.step(slots: 3, at: clock.now) == .rest)
    }

    @Test mutating func partitionsAreAskedForAtIntervals() {
        var growth = growth()
        clock.advance(.milliseconds(9_900))
        #expect(growth.step(slots: 1, at: clock.now) == .rest)
        clock.advance(.milliseconds(100))
        #expect(growth.step(slots: 1, at: clock.now) == .inspect)
        growth.saw(TilePartitions(tasks: 2, results: 2), at: clock.now)
        #expect(growth.step(slots: 1, at: clock.now) == .rest)
    }

    /// Another master has added partitions to `tasks`; this one's topic of results follows.
    @Test mutating func resultsFollowTasks() {
        var growth = growth(maximum: 4)
        growth.saw(TilePartitions(tasks: 12, results: 2), at: clock.now)
        #expect(growth.usable == 2)
        #expect(growth.step(slots: 1, at: clock.now) == .grow(to: 12))
        growth.saw(TilePartitions(tasks: 12, results: 12), at: clock.now)
        #expect(growth.usable == 12)
        #expect(growth.step(slots: 1, at: clock.now) == .rest)
    }

    // MARK: The use of new partitions

    @Test mutating func newPartitionsAreUsedOnceAWorkerHasOne() {
        var growth = growth()
        #expect(growth.open(owned: 2, at: clock.now) == nil)
        growth.saw(TilePartitions(tasks: 2, results: 4), at: clock.now)
        #expect(growth.open(owned: 4, at: clock.now) == nil)
        growth.saw(TilePartitions(tasks: 4, results: 4), at: clock.now)
        #expect(growth.open(owned: 2, at: clock.now) == nil)
        #expect(growth.open(owned: 3, at: clock.now) == 4)
        #expect(growth.open(owned: 4, at: clock.now) == nil)
    }

    /// A fleet may have workers without heartbeats, or without partitions in them.
    @Test mutating func newPartitionsDoNotWaitForOwnersForEver() {
        var growth = growth()
        growth.saw(TilePartitions(tasks: 4, results: 4), at: clock.now)
        clock.advance(.milliseconds(14_900))
        growth.saw(TilePartitions(tasks: 4, results: 4), at: clock.now)
        #expect(growth.open(owned: 0, at: clock.now) == nil)
        clock.advance(.milliseconds(100))
        #expect(growth.open(owned: 0, at: clock.now) == 4)
    }

    // MARK: Failures

    @Test mutating func afterARefusalThereIsALongPause() {
        var growth = growth()
        growth.wasRefused(4, at: clock.now)
        #expect(growth.step(slots: 3, at: clock.now) == .rest)
        // A person may have added the partitions meanwhile.
        clock.advance(.seconds(10))
        #expect(growth.step(slots: 3, at: clock.now) == .inspect)
        growth.saw(TilePartitions(tasks: 2, results: 2), at: clock.now)
        #expect(growth.step(slots: 3, at: clock.now) == .rest)
        clock.advance(.seconds(289))
        #expect(growth.step(slots: 3, at: clock.now) == .inspect)
        clock.advance(.seconds(1))
        #expect(growth.step(slots: 3, at: clock.now) == .grow(to: 4))
    }

    @Test mutating func afterARefusalAnotherNumberIsAskedForAtOnce() {
        var growth = growth()
        growth.wasRefused(4, at: clock.now)
        #expect(growth.step(slots: 4, at: clock.now) == .rest)
        #expect(growth.step(slots: 5, at: clock.now) == .grow(to: 8))
    }

    @Test mutating func aRefusalToFollowIsNotAskedAgainForASmallerFleet() {
        var growth = growth(tasks: 12, results: 2)
        #expect(growth.step(slots: 3, at: clock.now) == .grow(to: 12))
        growth.wasRefused(12, at: clock.now)
        #expect(growth.step(slots: 3, at: clock.now) == .rest)
        #expect(growth.step(slots: 5, at: clock.now) == .rest)
    }

    @Test mutating func afterAFailureThereIsAPause() {
        var growth = growth()
        growth.failed(at: clock.now)
        for slots in [3, 30, 1] { #expect(growth.step(slots: slots, at: clock.now) == .rest) }
        clock.advance(.seconds(5))
        #expect(growth.step(slots: 3, at: clock.now) == .grow(to: 4))
        #expect(growth.step(slots: 1, at: clock.now) == .inspect)
    }

    @Test func workersBeyondTheMaximumWait() {
        let growth = growth(tasks: 8, results: 8, maximum: 4)
        #expect(!growth.isShort(workers: 8))
        #expect(growth.isShort(workers: 9))
        #expect(!self.growth(maximum: 4).isShort(workers: 4))
        #expect(self.growth(maximum: 4).isShort(workers: 5))
    }
}
