import Testing

@testable import TileCore

/// Rules for every kind of header and payload: untrusted input is validated, and never crashes a process.
@Suite struct WireHeaderTests {
    @Test(arguments: WireKind.allCases) func theExamplesAreRead(kind: WireKind) throws {
        #expect(kind.refusal(of: kind.valid.bytes) == nil)
    }

    @Test(arguments: WireKind.allCases) func aHeaderThatEndsEarlyIsRefused(kind: WireKind) {
        let bytes = kind.valid.bytes
        for count in 0..<bytes.count {
            #expect(kind.refusal(of: Array(bytes.prefix(count))) == .malformedHeader, "\(count) bytes")
        }
    }

    @Test func aHeaderThatIsNotThereIsRefused() {
        let task = #expect(throws: WireError.self) { try TileTask(header: nil, payloadCount: 18) }
        #expect(task?.code == .missingHeader)
        let result = #expect(throws: WireError.self) { try TileResult(header: nil, payloadCount: 18) }
        #expect(result?.code == .missingHeader)
        let letter = #expect(throws: WireError.self) { try DeadLetter(header: nil) }
        #expect(letter?.code == .missingHeader)
    }

    @Test(arguments: WireKind.allCases) func theLongestHeaderIsReadAndALongerOneIsNot(kind: WireKind) {
        let blanks = [UInt8](repeating: 0x20, count: WireHeader.maximumBytes - kind.valid.bytes.count)
        #expect(kind.refusal(of: blanks + kind.valid.bytes) == nil)
        #expect(kind.refusal(of: kind.valid.bytes + blanks + [0x20]) == .headerTooLong)
        #expect(kind.refusal(of: [UInt8](repeating: 0x5B, count: 10_000_000)) == .headerTooLong)
    }

    @Test(arguments: WireKind.allCases) func onlyOurVersionIsRead(kind: WireKind) {
        for version in ["0", "2", "-1", "9223372036854775807"] {
            #expect(kind.refusal(of: kind.valid.with("v", version).bytes) == .unknownVersion, "\(version)")
        }
        for version in ["\"1\"", "null", "true", "1.5", "[1]", "{}", "1e400", "99999999999999999999"] {
            #expect(kind.refusal(of: kind.valid.with("v", version).bytes) == .malformedHeader, "\(version)")
        }
        // A later version may have other fields, so the version is read first.
        #expect(kind.refusal(of: Array("{\"v\":2,\"tile\":\"another\"}".utf8)) == .unknownVersion)
    }

    @Test(arguments: WireKind.allCases) func noFieldMayBeMissing(kind: WireKind) {
        // The time of a result is optional. So are the pixels and the reason of a failure, which this result does not
        // have.
        for name in kind.valid.names where !(kind == .result && name == "ms") {
            #expect(kind.refusal(of: kind.valid.without(name).bytes) == .malformedHeader, "\(name)")
        }
    }

    @Test(arguments: WireKind.allCases) func fieldsOfAnotherTypeAreRefused(kind: WireKind) {
        for field in kind.valid.fields where field.name != "v" {
            var others = ["{\"a\":[]}", "[[]]", "true"]
            if !(kind == .result && field.name == "ms") { others.append("null") }
            others += field.text.hasPrefix("\"") ? ["1", "-0.5"] : ["\"1\"", "\"\""]
            for other in others {
                let code = kind.refusal(of: kind.valid.with(field.name, other).bytes)
                #expect(code == .malformedHeader, "\(field.name): \(other)")
            }
        }
    }

    @Test(arguments: WireKind.allCases) func numbersThatAreNoneAreRefused(kind: WireKind) {
        let numbers = ["1e400", "-1e400", "1e", "0x10", "01", "NaN", "Infinity", "-", "1_000", "+1"]
        for field in kind.valid.fields where field.text.first?.isNumber == true && field.name != "v" {
            for number in numbers + [
                String(repeating: "9", count: 12_000), "0." + String(repeating: "1", count: 12_000),
            ] {
                // A long fraction is a number, but not a whole one.
                if number.hasPrefix("0."), ["ms", "uptime"].contains(field.name) { continue }
                let code = kind.refusal(of: kind.valid.with(field.name, number).bytes)
                #expect(code == .malformedHeader, "\(field.name): \(number.prefix(20))")
            }
        }
    }

    @Test(arguments: WireKind.allCases) func whatIsNoObjectIsRefused(kind: WireKind) {
        let texts = [
            "", " ", "null", "1", "\"v\"", "[]", "[{\"v\":1}]", "{}", "{\"v\":1", "{\"v\":1}}", "{v:1}", "{'v':1}",
        ]
        for text in texts { #expect(kind.refusal(of: Array(text.utf8)) == .malformedHeader, "\(text)") }
        #expect(kind.refusal(of: [0]) == .malformedHeader)
        #expect(kind.refusal(of: [UInt8](repeating: 0, count: 16_000)) == .malformedHeader)
    }

    /// Thousands of nested brackets: only open, or open and closed; at the top level, or in a field.
    @Test(arguments: WireKind.allCases) func deepNestingIsRefused(kind: WireKind) throws {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[[{\"v\":1,\"a\":", "}]]")] {
            let fitting = (WireHeader.maximumBytes - 1000) / (open.count + close.count)
            for depth in [100, 511, 512, 513, 3000, 10_000, fitting] {
                let nested = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
                for text in [nested, String(repeating: open, count: depth)] {
                    let expected: WireError.Code =
                        text.utf8.count > WireHeader.maximumBytes ? .headerTooLong : .malformedHeader
                    #expect(kind.refusal(of: Array(text.utf8)) == expected, "\(depth) × \(open)")
                    let field = try #require(kind.valid.names.last)
                    let inField = kind.valid.with(field, text).bytes
                    let code = kind.refusal(of: inField)
                    #expect(
                        code == (inField.count > WireHeader.maximumBytes ? .headerTooLong : .malformedHeader),
                        "\(depth) × \(open) in \(field)")
                }
            }
        }
    }

    /// Foundation's decoder accepts 512 nested brackets. Here the next one is the last byte.
    @Test(arguments: WireKind.allCases) func theFirstBracketAboveTheLimitMayBeTheLastByte(kind: WireKind) {
        for start in ["", "{\"v\":1,\"a\":", "{\"v\":"] {
            for depth in 500...530 {
                let bytes = Array((start + String(repeating: "[", count: depth)).utf8)
                #expect(kind.refusal(of: bytes) == .malformedHeader, "\(start) \(depth)")
            }
        }
    }

    @Test(arguments: WireKind.allCases) func bytesThatAreNotUTF8AreRefused(kind: WireKind) throws {
        for field in kind.valid.fields where field.text.hasPrefix("\"") {
            for bytes: [UInt8] in [
                [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xE2, 0x82],
            ] {
                let parts = kind.valid.with(field.name, "\"§\"").text.split(separator: "§")
                try #require(parts.count == 2)
                let header = Array(parts[0].utf8) + bytes + Array(parts[1].utf8)
                #expect(kind.refusal(of: header) == .malformedHeader, "\(field.name): \(bytes)")
            }
            // Half of a surrogate pair, as an escape.
            let code = kind.refusal(of: kind.valid.with(field.name, "\"\\ud800\"").bytes)
            #expect(code == .malformedHeader, "\(field.name)")
        }
    }

    /// JSON does not define which of two equal names counts. It must always be the same one, and it must be checked.
    @Test(arguments: WireKind.allCases) func aDuplicateNameIsChecked(kind: WireKind) throws {
        for field in kind.valid.fields {
            #expect(kind.refusal(of: kind.valid.repeating(field.name, field.text).bytes) == nil, "\(field.name)")
            let bytes = kind.valid.repeating(field.name, "-1").bytes
            let code = kind.refusal(of: bytes)
            #expect([nil, .malformedHeader, .unknownVersion, .badValue].contains(code), "\(field.name)")
            #expect(kind.refusal(of: bytes) == code)
        }
    }

    @Test(arguments: WireKind.allCases) func unknownFieldsAreIgnored(kind: WireKind) {
        #expect(kind.refusal(of: kind.valid.with("later", "{\"v\":2,\"a\":[1,null]}").bytes) == nil)
    }

    /// A randomly changed header is refused, or the decoded value can be encoded and decoded again.
    @Test(arguments: WireKind.allCases, 1...4) func strangeHeadersAreReadOrRefused(kind: WireKind, seed: UInt64) throws
    {
        var generator = SeededGenerator(seed: seed)
        let valid = kind.valid.bytes
        for round in 0..<1500 {
            var bytes = valid
            for _ in 0..<generator.int(1...4) { bytes = mutate(bytes, other: valid, using: &generator) }
            guard let again = try? kind.read(bytes) else { continue }
            #expect(
                try kind.read(again) == again, "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))"
            )
        }
    }

    private func mutate(_ bytes: [UInt8], other: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        guard !bytes.isEmpty else { return other }
        var bytes = bytes
        let place = generator.int(0...(bytes.count - 1))
        let end = min(bytes.count, place + generator.int(1...12))
        switch generator.int(0...6) {
        case 0: bytes[place] = UInt8(generator.int(0...255))
        case 1: bytes[place] ^= 1 << UInt8(generator.int(0...7))
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 4: bytes.insert(generator.pick(Array("{}[]\",:0123456789-.eE\\u ".utf8)), at: place)
        case 5:
            let digits = generator.pick(["-1", "0", "9223372036854775807", "9223372036854775808", "1e9", "4294967296"])
            bytes.replaceSubrange(place..<end, with: Array(digits.utf8))
        default:
            let from = generator.int(0...(other.count - 1))
            bytes.replaceSubrange(place..<end, with: other[from..<min(other.count, from + generator.int(1...12))])
        }
        return bytes
    }
}
