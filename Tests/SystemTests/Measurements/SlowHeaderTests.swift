import Testing

extension Measurements {
    @Suite(.serialized, .sharedMaster("--local-workers", "0")) struct SlowHeaderTests {
        @Test func fiveHundredSlowHeadersDelayNoOtherRequest() async throws {
            let times = try await SlowHeaders.times(of: 500, at: SharedMaster.master)
            let longest = times.max() ?? .zero
            #expect(longest < .seconds(1), "the longest of \(times.count) requests meanwhile")
        }
    }
}
