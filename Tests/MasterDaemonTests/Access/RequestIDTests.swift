import Testing

@testable import MasterDaemon

@Suite struct RequestIDTests {
    @Test(arguments: [
        "1", "7f0c1b", "Root=1-67891233-abcdef012345678912345678", "a.b_c:d/e+f@g=", String(repeating: "x", count: 128),
    ])
    func validIDsAreKept(_ text: String) {
        #expect(RequestID(text)?.text == text && RequestID.of(text).text == text)
    }

    @Test(arguments: [
        nil, "", " ", "a b", "a\"b", "a\r\nX: y", "a\u{0}", "é", "{}", "a,b", "a;b", "<x>", "%41",
        String(repeating: "x", count: 129),
    ])
    func anythingElseIsReplaced(_ text: String?) {
        #expect(RequestID(text) == nil)
        let made = RequestID.of(text).text
        #expect(made.wholeMatch(of: /[0-9a-f]{32}/) != nil)
        #expect(RequestID(made)?.text == made)
    }

    @Test func madeOnesDiffer() { #expect(Set((0..<1000).map { _ in RequestID.make() }).count == 1000) }
}
