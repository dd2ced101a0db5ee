import Testing

@testable import MasterDaemon

@Suite struct TilePaceTests {
    private static let range = 3...6

    private func tiles(after milliseconds: [Double]) -> Int {
        var pace = TilePace()
        milliseconds.forEach { pace.add($0) }
        return pace.tilesPerSlot(Self.range)
    }

    @Test func thereAreFewWhileNothingIsKnown() { #expect(tiles(after: []) == 3) }

    @Test(arguments: [(0, 6), (0.4, 6), (8, 6), (10, 5), (12, 5), (20, 3), (4000, 3)])
    func aSlotHasFiftyMillisecondsOfWork(milliseconds: Double, count: Int) {
        #expect(tiles(after: [milliseconds]) == count)
    }

    @Test(arguments: [(0, 8), (1, 8), (2, 8), (3, 5), (7.9, 2), (8.1, 1), (4000, 1)])
    func aRecordHasSixteenMillisecondsOfWork(milliseconds: Double, count: Int) {
        var pace = TilePace()
        #expect(pace.tilesPerRecord(atMost: 8) == 1)
        pace.add(milliseconds)
        #expect(pace.tilesPerRecord(atMost: 8) == count)
    }

    @Test func newTilesCountMoreThanOldOnes() {
        #expect(tiles(after: [100] + Array(repeating: 1, count: 40)) == 6)
        #expect(tiles(after: Array(repeating: 1, count: 40) + [100]) == 4)
    }
}
