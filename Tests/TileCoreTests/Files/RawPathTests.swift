import Testing

@testable import TileCore

@Suite struct RawPathTests {
    @Test(arguments: [
        ("a.png", "a.png", "."), ("x/a.png", "a.png", "x"), ("/a", "a", "/"), ("x//y/", "y", "x/"), ("/", "", "/"),
        ("x/", "x", "."), ("..", "..", "."),
    ]) func nameAndFolder(_ path: String, _ name: String, _ folder: String) {
        #expect(RawPath(path).name == RawPath(name))
        #expect(RawPath(path).folder == RawPath(folder))
    }

    @Test(arguments: [
        ("a.png", "png", "a"), ("x.y/a", nil, "a"), (".png", nil, ".png"), ("a.b.tif", "tif", "a.b"), ("a.", "", "a"),
    ]) func extensions(_ path: String, _ end: String?, _ stem: String) {
        #expect(RawPath(path).fileExtension == end)
        #expect(RawPath(path).stem == RawPath(stem))
    }

    @Test func pathsAreAppended() {
        #expect(RawPath("x").appending(RawPath("a")) == RawPath("x/a"))
        #expect(RawPath("x/").appending(RawPath("a")) == RawPath("x/a"))
        #expect(RawPath("x").appending(RawPath("/a")) == RawPath("/a"))
    }

    @Test func twoSpellingsOfOneLetterAreTwoNames() {
        let (composed, decomposed) = ("\u{E9}.png", "e\u{301}.png")
        #expect(composed == decomposed)
        #expect(RawPath(composed) != RawPath(decomposed))
    }

    @Test func pathsThatAreNotUTF8AreShownReadably() {
        #expect("\(RawPath("caf\u{E9} 日本 👩‍🚀.png"))" == "caf\u{E9} 日本 👩‍🚀.png")
        #expect("\(RawPath(Array("caf".utf8) + [0xE9] + Array(".png".utf8)))" == "caf\\xE9.png")
        #expect("\(RawPath([0xE2, 0x82, 0x41]))" == "\\xE2\\x82A")
        #expect("\(RawPath("a\nb\t\u{1B}[31m\u{202E}\\"))" == "a\\nb\\t\\u{1B}[31m\\u{202E}\\\\")
        #expect(RawPath([0xE9]).text == nil)
    }

    // MARK: Arguments

    @Test(arguments: [
        Array("plain.png".utf8), Array("e\u{301}".utf8), [0xE9], [0x61, 0xFF, 0x80, 0x62], [0xE2, 0x82],
        Array("\u{10FFE9}".utf8), Array("\u{10FF80}\u{10FFFF}".utf8) + [0x80], Array("--x=\u{FFFD}".utf8), [],
    ]) func noByteOfAnArgumentIsLost(_ bytes: [UInt8]) {
        #expect(ProgramArguments.path(of: ProgramArguments.string(of: bytes)).bytes == bytes)
    }

    @Test func anyBytesSurvive() {
        var numbers = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...12, using: &numbers)).map { _ in
                UInt8.random(in: 1...255, using: &numbers)
            }
            #expect(ProgramArguments.path(of: ProgramArguments.string(of: bytes)).bytes == bytes)
        }
    }

    @Test func textStaysText() {
        #expect(Array(ProgramArguments.string(of: Array("e\u{301}日".utf8)).utf8) == Array("e\u{301}日".utf8))
    }
}
