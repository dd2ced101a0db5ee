import Testing

@testable import MasterDaemon

@Suite struct ByteRangeTests {
    @Test(arguments: [
        ("bytes=0-0", 0...0), ("bytes=0-99", 0...99), ("bytes=10-19", 10...19), ("bytes=90-", 90...99),
        ("bytes=0-", 0...99), ("bytes=50-1000", 50...99), ("bytes=-1", 99...99), ("bytes=-100", 0...99),
        ("bytes=-1000", 0...99), ("bytes= 5 - 6 ", 5...6), ("bytes=99-999999999999999999", 99...99),
    ])
    func aRangeIsItsBytes(header: String, bytes: ClosedRange<Int>) throws {
        let range = try #require(ByteRange(header))
        #expect(range.resolved(in: 100) == bytes)
    }

    @Test(arguments: ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999999-"])
    func aRangeOutsideTheFileHasNone(header: String) throws {
        let range = try #require(ByteRange(header))
        #expect(range.resolved(in: 100) == nil)
    }

    @Test(arguments: ["bytes=0-", "bytes=0-0", "bytes=-1"]) func anEmptyFileHasNoRange(header: String) throws {
        let range = try #require(ByteRange(header))
        #expect(range.resolved(in: 0) == nil)
    }

    /// For these headers the answer is the whole file.
    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=0x1-2",
        "bytes=+1-2", "bytes=--1", "bytes=1-2-3", "bytes=٣-٤", "bytes=9999999999999999999-", "bytes 0-1",
    ])
    func otherRangesGiveTheWholeFile(header: String) {
        #expect(ByteRange(header) == nil)
    }
}
