import Testing

@testable import MasterDaemon

@Suite struct RefusalLinesTests {
    @Test func refusalsCannotFillTheLog() {
        var lines = RefusalLines()
        var written = 0
        for number in 0..<100_000 where lines.take(of: nil, at: 1e9 + Double(number) / 1000) != nil { written += 1 }
        // Sums of thousandths are not exact.
        #expect((298...301).contains(written))
    }

    @Test func theNextLineSaysHowManyAreMissing() {
        var lines = RefusalLines()
        for _ in 0..<200 { #expect(lines.take(of: nil, at: 1e9) == 0) }
        for _ in 0..<7 { #expect(lines.take(of: nil, at: 1e9) == nil) }
        #expect(lines.take(of: nil, at: 1e9 + 1) == 7)
        #expect(lines.take(of: nil, at: 1e9 + 2) == 0)
    }

    /// A user who lacks the role cannot fill the log. Refusals of other users are still logged.
    @Test func eachPrincipalIsCountedForItself() {
        var lines = RefusalLines()
        for _ in 0..<200 { #expect(lines.take(of: "ann", at: 5) == 0) }
        for _ in 0..<30 { #expect(lines.take(of: "ann", at: 5) == nil) }
        #expect(lines.take(of: "bob", at: 5) == 0)
        #expect(lines.take(of: nil, at: 5) == 0)
        let (rest, nothing) = (lines.rest(), lines.rest())
        #expect(rest.count == 1 && rest[0].principal == "ann" && rest[0].omitted == 30)
        #expect(nothing.isEmpty)
        #expect(lines.take(of: "ann", at: 7) == 0, "ann's omitted lines were reported")
    }

    @Test func noMoreAreRememberedThanItHolds() {
        var lines = RefusalLines()
        var written = 0
        for number in 0..<30_000 where lines.take(of: "user-\(number)", at: 5) != nil { written += 1 }
        #expect(written == 10_200)
    }
}
