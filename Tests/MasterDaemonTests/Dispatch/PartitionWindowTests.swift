import Testing

@testable import MasterDaemon

@Suite struct PartitionWindowTests {
    private func owner(_ worker: String, slots: Int = 1) -> PartitionWindow.Owner {
        PartitionWindow.Owner(worker: worker, slots: slots)
    }

    /// Places `count` tiles of one byte. Returns how many each partition got.
    private func spread(_ count: Int, partitions: Int, owners: [Int: PartitionWindow.Owner]) -> [Int] {
        var window = PartitionWindow(partitions: partitions, capacity: 1000)
        window.setOwners(owners)
        var tiles = Array(repeating: 0, count: partitions)
        for _ in 0..<count {
            if let partition = window.reserve(1) { tiles[partition] += 1 }
        }
        return tiles
    }

    @Test func nothingIsPlacedAboveTheCapacity() {
        var window = PartitionWindow(partitions: 2, capacity: 100)
        #expect((0..<5).map { _ in window.reserve(50) }.map { $0 == nil } == [false, false, false, false, true])
        #expect(window.outstandingBytes == 200)
    }

    @Test func aRecordAboveTheCapacityHasAPartitionToItself() throws {
        var window = PartitionWindow(partitions: 2, capacity: 100)
        let placed = (window.reserve(150), window.reserve(1))
        let (large, small) = (try #require(placed.0), try #require(placed.1))
        #expect(small != large)
        #expect(window.reserve(150) == nil)
        #expect((0..<100).compactMap { _ in window.reserve(1) } == Array(repeating: small, count: 99))
        window.release(large, bytes: 150)
        #expect(window.reserve(1) == large)
    }

    @Test func releaseGivesCapacityBack() {
        var window = PartitionWindow(partitions: 1, capacity: 100)
        #expect(window.reserve(60) == 0)
        #expect(window.reserve(60) == nil)
        window.release(0, bytes: 60)
        #expect(window.outstandingBytes == 0)
        #expect(window.reserve(60) == 0)
    }

    @Test func withoutOwnersThePartitionsTakeTurns() {
        #expect(spread(12, partitions: 3, owners: [:]) == [4, 4, 4])
    }

    @Test func aWorkerGetsTilesByItsSlots() {
        #expect(spread(10, partitions: 2, owners: [0: owner("a", slots: 4), 1: owner("b")]) == [8, 2])
    }

    @Test func aWorkerWithMorePartitionsGetsNoMoreTiles() {
        let owners = [0: owner("a"), 1: owner("a"), 2: owner("b")]
        #expect(spread(12, partitions: 3, owners: owners) == [3, 3, 6])
    }

    @Test func aPartitionWithoutAKnownOwnerCountsAsAWorker() {
        #expect(spread(9, partitions: 3, owners: [0: owner("a"), 1: owner("b")]) == [3, 3, 3])
    }

    @Test func ownersOfMissingPartitionsAreIgnored() {
        #expect(spread(4, partitions: 2, owners: [0: owner("a"), 7: owner("a"), -1: owner("b")]) == [2, 2])
    }

    @Test func slotsBelowOneCountAsOne() {
        #expect(spread(4, partitions: 2, owners: [0: owner("a", slots: 0), 1: owner("b")]) == [2, 2])
    }

    @Test func nothingFitsBeforeThereIsAPartition() {
        var window = PartitionWindow(partitions: 0, capacity: 10)
        #expect(window.reserve(5) == nil)
        window.grow(to: 1)
        #expect(window.reserve(5) == 0)
    }

    @Test(arguments: 0..<50 as Range<UInt64>) func anySequenceKeepsTheBound(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...5, using: &random)
        var window = PartitionWindow(partitions: count, capacity: 100)
        var placed: [(partition: Int, bytes: Int)] = []
        func bytes(of partition: Int) -> [Int] { placed.filter { $0.partition == partition }.map(\.bytes) }
        for _ in 0..<300 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1, 2:
                let bytes = Int.random(in: 1...130, using: &random)
                if let partition = window.reserve(bytes) {
                    placed.append((partition, bytes))
                } else {
                    let hasSpace = (0..<count).contains { index in
                        let mine = placed.filter { $0.partition == index }.map(\.bytes)
                        return mine.isEmpty || mine.reduce(0, +) + bytes <= 100
                    }
                    #expect(!hasSpace)
                }
            case 3:
                guard let index = placed.indices.randomElement(using: &random) else { continue }
                let (partition, bytes) = placed.remove(at: index)
                window.release(partition, bytes: bytes)
            default:
                window.setOwners(
                    Dictionary(
                        uniqueKeysWithValues: (0..<count).filter { _ in Bool.random(using: &random) }.map {
                            ($0, owner("\($0 / 2)", slots: .random(in: 1...4, using: &random)))
                        }))
            }
            for partition in 0..<count {
                let mine = bytes(of: partition)
                #expect(mine.count <= 1 || mine.reduce(0, +) <= 100)
            }
            #expect(window.outstandingBytes == placed.reduce(0) { $0 + $1.bytes })
        }
    }
}
