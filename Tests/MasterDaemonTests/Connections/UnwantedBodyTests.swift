import Testing

@testable import MasterDaemon

@Suite struct UnwantedBodyTests {
    private var body = UnwantedBody()

    private static func isRefusal(_ verdict: UnwantedBody.Verdict) -> Bool {
        if case .refuse(let error) = verdict { error.code == .tooManyBytes } else { false }
    }

    @Test(arguments: ["POST", "DELETE", "PUT"]) mutating func bodiesOfChangesPass(method: String) {
        #expect(body.head(method, length: "99999999999999999999") == nil)
        #expect(body.part(1 << 30) == .pass)
    }

    @Test(arguments: ["GET", "HEAD"]) mutating func aLittleIsDropped(method: String) {
        #expect(body.head(method, length: "65536") == nil)
        #expect(body.part(60_000) == .drop)
        #expect(body.part(5536) == .drop)
        #expect(Self.isRefusal(body.part(1)))
    }

    @Test(arguments: ["65537", "99999999999999999999"]) mutating func muchThatIsAnnouncedIsRefusedAtOnce(length: String)
    {
        #expect(body.head("GET", length: length)?.code == .tooManyBytes)
    }

    @Test mutating func eachRequestBeginsAnew() {
        #expect(body.head("GET", length: nil) == nil)
        #expect(body.part(60_000) == .drop)
        #expect(body.head("GET", length: nil) == nil)
        #expect(body.part(60_000) == .drop)
    }
}
