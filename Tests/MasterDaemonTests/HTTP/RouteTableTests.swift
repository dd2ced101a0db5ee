import HTTPTypes
import Testing

@testable import MasterDaemon

@Suite struct RouteTableTests {
    private let table = RouteTable()

    init() {
        table.add(.get, "/", .viewer, .none)
        table.add(.get, "/a/:id", .viewer, .none)
        table.add(.delete, "/a/:id", .operator, .none)
        table.add(.post, "/a/:id/b", .operator, .none)
        table.add(.post, "/a/raw", .operator, .none)
        table.add(.get, "/files/:version/**", .anyone, .none)
    }

    @Test(arguments: [
        ("/", ["GET", "HEAD"]), ("/a/1", ["DELETE", "GET", "HEAD"]), ("/a/1/", ["DELETE", "GET", "HEAD"]),
        ("/a/1/b", ["POST"]), ("/a/raw", ["POST"]), ("/a", []),
        ("/a/1/c", []), ("/a/1/b/c", []), ("/files/1/x/y", ["GET", "HEAD"]), ("/b/1", []),
    ])
    func anAddressHasItsMethods(path: String, methods: [String]) {
        #expect(table.methods(at: path) == methods)
    }
}
