import Hummingbird
import Testing

@testable import MasterDaemon

@Suite struct RouteTableTests {
    private let table = RouteTable()

    init() {
        let router = Router(context: BasicRequestContext.self)
        router.get("/") { _, _ in "" }
        router.get("a/:id") { _, _ in "" }
        router.delete("a/:id") { _, _ in "" }
        router.post("a/:id/b") { _, _ in "" }
        router.get("files/:version/**") { _, _ in "" }
        table.fill(from: router)
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
