import Testing

@testable import MasterDaemon

@Suite struct APIKeyTests {
    @Test func aKeyIsReadAsItWasMade() throws {
        let key = APIKey()
        #expect(key.text.count == 67 && key.text.hasPrefix("tilework_"))
        #expect(key.text.dropFirst(9).allSatisfy { "0123456789abcdefghjkmnpqrstvwxyz".contains($0) })
        #expect(try #require(APIKey(key.text)) == key)
    }

    @Test func noTwoAreTheSame() {
        #expect(Set((0..<1000).map { _ in APIKey().text }).count == 1000)
    }

    /// Each character of the random part takes every value, so that none of its bits is fixed.
    @Test func allCharactersVary() {
        let keys = (0..<2000).map { _ in Array(APIKey().text.dropFirst(9)) }
        // The 52nd character has only one bit, so it takes two values.
        for place in 0..<51 { #expect(Set(keys.map { $0[place] }).count == 32, "character \(place)") }
        #expect(Set(keys.map { $0[51] }).count == 2)
    }

    @Test func aMistypedKeyIsNone() {
        let text = APIKey().text
        for index in text.indices {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "0" ? "1" : "0")
            #expect(APIKey(changed) == nil)
        }
        for wrong in ["", "tilework_", text + "0", String(text.dropLast()), " \(text)", text.uppercased()] {
            #expect(APIKey(wrong) == nil)
        }
    }

    /// The value of `printf abc | sha256sum`.
    @Test func theHashIsSHA256() {
        #expect(APIKey.hash(of: "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
