import Testing

@testable import MasterDaemon

@Suite struct CodecMessageTests {
    @Test func omittedNotesAreCounted() {
        let few = (0..<128).map { "note \($0)" }
        #expect(CodecAnswer.limited(few) == few)
        let many = CodecAnswer.limited((0..<200).map { "note \($0)" })
        #expect(many.count == 129 && many.last == "and 72 more notes")
        let long = CodecAnswer.limited([String(repeating: "ä", count: 700)])
        #expect(long.first?.count == 600 && long.first?.hasSuffix("ä…") == true)
    }
}
