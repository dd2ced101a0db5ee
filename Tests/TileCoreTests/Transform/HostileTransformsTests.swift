import Testing

@testable import TileCore

/// Hostile texts. Each is refused at once, with a message of a sensible length.
@Suite struct HostileTransformsTests {
    struct Bomb: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let text: String

        init(_ name: String, _ text: String) {
            testDescription = name
            self.text = text
        }
    }

    private static func many(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    static let bombs = [
        Bomb("brackets", many("[", 8000)),
        Bomb("closed brackets", many("[", 4000) + many("]", 4000)),
        Bomb("brackets past the limit", many("[", 1_000_000)),
        Bomb("objects", many(#"[{"name":"#, 900)),
        Bomb("nested value", #"[{"name":"blur","ksize":"# + many("[", 7000) + many("]", 900) + "}]"),
        Bomb("long step", many("a", 8000)),
        Bomb("long step past the limit", many("invert,", 1_000_000)),
        Bomb("commas", many(",", 8000)),
        Bomb("colons", many(":", 8000)),
        Bomb("long step with a bad parameter", many("a", 8000) + ":x"),
        Bomb("long step with a bad number", many("a", 4000) + ":" + many("b", 4000) + "=c"),
        Bomb("long step with a parameter twice", many("a", 4000) + ":b=1:b=2"),
        Bomb("long parameter", "blur:" + many("k", 8000) + "=3"),
        Bomb("long parameter twice", "blur:" + many("k", 4000) + "=3:" + many("k", 4000) + "=3"),
        Bomb("long parameter without value", "blur:" + many("k", 8000)),
        Bomb("long number", "blur:ksize=" + many("9", 8000)),
        Bomb("long words for a number", "blur:ksize=" + many("x", 8000)),
        Bomb("one character of thousands of marks", "a" + many("\u{301}", 4000)),
        Bomb("parameter of thousands of marks", "blur:a" + many("\u{301}", 4000) + "=1"),
        Bomb("long name in JSON", #"[{"name":""# + many("a", 8000) + #""}]"#),
        Bomb("long name with a bad value in JSON", #"[{"name":""# + many("a", 8000) + #"","b":"c"}]"#),
        Bomb("long key in JSON", #"[{"name":"blur",""# + many("k", 8000) + #"":"c"}]"#),
        Bomb("long number in JSON", #"[{"name":"blur","ksize":"# + many("9", 8000) + "}]"),
        Bomb("nulls", many("\u{0}", 8000)),
    ]

    @Test(arguments: bombs) func hostileTextIsRefusedWithAShortMessage(bomb: Bomb) throws {
        let error = try #require(#expect(throws: TransformError.self) { try Pipeline(parsing: bomb.text) })
        #expect(error.reason.utf8.count <= 400, "\(error.reason.utf8.count) bytes: \(error.reason.prefix(200))")
    }

    /// The limit counts bytes, and the message states it.
    @Test func textsOver8192BytesAreRefused() throws {
        let blanks = String(repeating: " ", count: 8186)
        #expect(try Pipeline(parsing: "invert" + blanks).description == "invert")
        let error = try #require(#expect(throws: TransformError.self) { try Pipeline(parsing: "invert " + blanks) })
        #expect(error.code == .malformed)
        #expect(error.reason.contains("8192"))
    }
}
