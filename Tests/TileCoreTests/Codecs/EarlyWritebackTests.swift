import Testing

@testable import TileCodecs

@Suite struct EarlyWritebackTests {
    @Test func wholePagesAreSentOnceAndInOrder() {
        var writeback = EarlyWriteback()
        var sent: [Range<Int>] = []
        for written in stride(from: 100_000, through: 5_000_000, by: 100_000) {
            if let range = writeback.next(written) { sent.append(range) }
        }
        #expect(sent.count == 4 && sent.first?.lowerBound == 0)
        #expect(zip(sent, sent.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(sent.allSatisfy { $0.count >= 1 << 20 && $0.upperBound % 4096 == 0 })
        #expect(sent.last.map { $0.upperBound <= 5_000_000 } == true)
    }

    @Test func lessThanAMebibyteIsNotSent() {
        var writeback = EarlyWriteback()
        #expect(writeback.next((1 << 20) - 1) == nil)
        #expect(writeback.next((1 << 20) + 5) == 0..<1 << 20)
        #expect(writeback.next((1 << 20) + 5) == nil)
    }
}
