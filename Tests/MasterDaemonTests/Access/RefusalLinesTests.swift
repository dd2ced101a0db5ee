import Testing

@testable import MasterDaemon

@Suite struct StrangerLinesTests {
    @Test func whoeverSendsManyFillsNoLog() {
        var lines = StrangerLines()
        var written = 0
        for number in 0..<100_000 where lines.take(at: 1e9 + Double(number) / 1000) != nil { written += 1 }
        // Sums of thousandths are not exact.
        #expect((298...301).contains(written))
    }

    @Test func theNextLineSaysHowManyAreMissing() {
        var lines = StrangerLines()
        for _ in 0..<200 { #expect(lines.take(at: 1e9) == 0) }
        for _ in 0..<7 { #expect(lines.take(at: 1e9) == nil) }
        #expect(lines.take(at: 1e9 + 1) == 7)
        #expect(lines.take(at: 1e9 + 2) == 0)
    }

    @Test func aClockThatIsSetBackStopsNothing() {
        var lines = StrangerLines()
        #expect(lines.take(at: 1e9) == 0)
        #expect(lines.take(at: 1e9 - 500) == 0)
        #expect(lines.take(at: 1e9 + 1) == 0)
    }
}
