import Testing

@testable import TileCore

@Suite struct MasterClaimTests {
    @Test(arguments: 1...50) func aClaimComesBackAsItWas(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let claim = MasterClaim(
            results: generator.workerID() + "-results", instance: generator.text(upTo: 20),
            host: generator.text(upTo: 50), pid: generator.int(0...Int.max),
            claim: generator.chance(1, in: 2) ? Int64(generator.int(0...Int.max)) : nil)
        #expect(try MasterClaim(payload: claim.payload) == claim)
    }

    @Test func theTextIsStable() {
        var claim = MasterClaim(results: "results", instance: "a", host: "h/1", pid: 7)
        let first = "{\"host\":\"h/1\",\"instance\":\"a\",\"pid\":7,\"results\":\"results\",\"v\":1}"
        #expect(String(decoding: claim.payload, as: UTF8.self) == first)
        claim.claim = 12
        let later = "{\"claim\":12,\"host\":\"h/1\",\"instance\":\"a\",\"pid\":7,\"results\":\"results\",\"v\":1}"
        #expect(String(decoding: claim.payload, as: UTF8.self) == later)
    }

    private static let odd: [(String, String, WireError.Code)] = [
        ("results", "\"\"", .badValue), ("results", "\"..\"", .badValue), ("results", "\"a b\"", .badValue),
        ("results", "\"\(String(repeating: "r", count: 250))\"", .badValue),
        ("instance", "\"\(String(repeating: "i", count: 101))\"", .badValue),
        ("host", "\"\(String(repeating: "h", count: 256))\"", .badValue),
        ("pid", "-1", .badValue), ("claim", "-1", .badValue),
        ("claim", "1.5", .malformedHeader), ("claim", "\"1\"", .malformedHeader),
        ("claim", "9223372036854775808", .malformedHeader),
    ]

    @Test(arguments: odd) func whatCannotBeIsRefused(name: String, text: String, code: WireError.Code) {
        #expect(WireKind.claim.refusal(of: RawObject.claim.with(name, text).bytes) == code)
    }

    @Test func boundsAreInside() {
        for (name, text) in [
            ("claim", "0"), ("claim", "9223372036854775807"), ("pid", "0"), ("host", "\"\""),
            ("results", "\"\(String(repeating: "r", count: 249))\""),
        ] {
            #expect(WireKind.claim.refusal(of: RawObject.claim.with(name, text).bytes) == nil, "\(name): \(text)")
        }
    }
}
