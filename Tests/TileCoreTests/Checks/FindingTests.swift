import Testing

@testable import TileCore

@Suite struct FindingTests {
    @Test func aFindingIsALine() {
        #expect(Finding.ok("disk", "free").line == "ok       disk: free")
        #expect(Finding.warning("disk", "small").line == "warning  disk: small")
        #expect(
            Finding.fault("file", "closed\nto all", do: "open it").line
                == "FAILED   file: closed to all; to fix it: open it")
        #expect(Finding.outage("broker", "away").line == "FAILED   broker: away")
    }

    @Test func theExitStatusTellsWhereTheProblemIs() {
        let (ok, warning) = (Finding.ok("a", ""), Finding.warning("b", ""))
        let (fault, outage) = (Finding.fault("c", ""), Finding.outage("d", ""))
        #expect(Check.status(of: []) == 0)
        #expect(Check.status(of: [ok, warning]) == 0)
        #expect(Check.status(of: [ok, outage, warning]) == 69)
        #expect(Check.status(of: [outage, fault]) == 78)
    }

    @Test func checksAreDoneInOrder() async {
        var told: [Finding] = []
        let checks = [Check { [.ok("a", ""), .outage("b", "")] }, Check { [] }, Check { [.warning("c", "")] }]
        #expect(await Check.all(checks) { told.append($0) } == 69)
        #expect(told.map(\.subject) == ["a", "b", "c"])
    }
}
