import HTTPTypes
import Testing

@testable import MasterDaemon

@Suite struct RouteTableTests {
    private let table = RouteTable()

    init() {
        table.add(.get, "/", .viewer)
        table.add(.get, "/a/:id", .viewer)
        table.add(.delete, "/a/:id", .operator)
        table.add(.post, "/a/:id/b", .operator)
        table.add(.get, "/files/:version/**", .anyone)
    }

    @Test(arguments: [
        ("/", ["GET", "HEAD"]), ("/a/1", ["DELETE", "GET", "HEAD"]), ("/a/1/", ["DELETE", "GET", "HEAD"]),
        ("/a/1/b", ["POST"]), ("/a", []),
        ("/a/1/c", []), ("/a/1/b/c", []), ("/files/1/x/y", ["GET", "HEAD"]), ("/b/1", []),
    ])
    func anAddressHasItsMethods(path: String, methods: [String]) {
        #expect(table.methods(at: path) == methods)
    }
}
