import Testing

@testable import MasterDaemon

@Suite struct OriginRuleTests {
    private let rule: OriginRule

    init() throws { rule = try OriginRule(others: ["https://Tiles.example.org/", " http://b.example:8080 "]) }

    @Test(arguments: [
        ("http://127.0.0.1:5000", "127.0.0.1:5000"),
        ("https://tiles.lan", "tiles.lan"), ("HTTP://Tiles.LAN", "tiles.lan"), ("http://[::1]:5000", "[::1]:5000"),
        ("http://render-7:5000", "render-7:5000"), ("http://localhost:5000", "localhost:5000"),
        ("https://tiles.example.org", "10.0.0.1:5000"), ("http://b.example:8080", "b.example:8080"),
    ])
    func theMastersOwnPagesMay(origin: String, host: String?) {
        #expect(rule.allows(origin: origin, host: host))
    }

    @Test(arguments: [
        ("http://evil.example", "127.0.0.1:5000"), ("null", "127.0.0.1:5000"),
        ("http://127.0.0.1:5001", "127.0.0.1:5000"),
        ("http://127.0.0.1", "127.0.0.1:5000"), ("http://127.0.0.1:5000.evil.example", "127.0.0.1:5000"),
        ("ftp://127.0.0.1:5000", "127.0.0.1:5000"), ("http://a", nil), ("", "127.0.0.1:5000"),
        ("http://tiles.example.org", "10.0.0.1"),
    ])
    func othersMayNot(origin: String, host: String?) {
        #expect(!rule.allows(origin: origin, host: host))
    }

    @Test(arguments: ["tiles.example.org", "ftp://a", "https://", "https://a/b", "https://u@a", "*"])
    func invalidOriginsAreRefused(text: String) {
        #expect(throws: ServiceError.self) { try OriginRule(others: [text]) }
    }
}
