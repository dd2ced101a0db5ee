import Foundation
import Testing

@testable import TileCore

@Suite struct JobIDTests {
    @Test func idsSortByCreationTime() {
        var generator = SeededGenerator(seed: 7)
        let milliseconds = (0..<500).map { _ in Double(generator.int(0...4_000_000_000_000)) }.sorted()
        let ids = milliseconds.map { JobID.make(at: Date(timeIntervalSince1970: $0 / 1000)).rawValue }
        for (index, earlier) in ids.dropLast().enumerated() where milliseconds[index + 1] - milliseconds[index] > 1 {
            #expect(earlier < ids[index + 1])
        }
    }

    @Test func timeIsInTheFirst48Bits() throws {
        // 2022-02-22T19:22:22Z, the example of RFC 9562, appendix A.6.
        let id = JobID.make(at: Date(timeIntervalSince1970: 1_645_557_742)).rawValue
        #expect(id.hasPrefix("017f22e2-79b0-7"))
        let digits = id.filter { $0 != "-" }.prefix(12)
        #expect(UInt64(digits, radix: 16) == 1_645_557_742_000)
    }

    @Test func idsHaveTheFormOfVersion7() throws {
        for _ in 0..<200 {
            let id = JobID.make().rawValue
            let groups = id.split(separator: "-")
            #expect(groups.map(\.count) == [8, 4, 4, 4, 12])
            #expect(groups[2].first == "7")
            #expect("89ab".contains(try #require(groups[3].first)))
            #expect(JobID(rawValue: id)?.rawValue == id)
            #expect(UUID(uuidString: id) != nil)
        }
    }

    @Test func idsOfOneMillisecondAreUnique() {
        let now = Date()
        #expect(Set((0..<2000).map { _ in JobID.make(at: now) }).count == 2000)
    }

    @Test func aTimeBefore1970IsTakenAsTheBeginning() {
        #expect(JobID.make(at: Date(timeIntervalSince1970: -5)).rawValue.hasPrefix("00000000-0000-7"))
    }

    @Test(
        arguments: [
            "", "1", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e279b07cc398c4dc0c0c07398f",
            "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n", " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
            "../../../../../etc/passwd-and-so-on-", "017f22e2/79b0/7cc3/98c4/dc0c0c07398f",
            "0x7f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c+1398f",
            "017f22e2-79b0-7cc3-98c4-\tc0c0c07398f0", "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        ])
    func invalidIDsAreRefused(text: String) {
        #expect(JobID(rawValue: text) == nil)
        let json = Data("[\"\(text.replacing("\n", with: "\\n").replacing("\t", with: "\\t"))\"]".utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([JobID].self, from: json) }
    }

    @Test func jsonIsAString() throws {
        let id = JobID.make()
        let json = try JSONEncoder().encode([id])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(id)\"]")
        #expect(try JSONDecoder().decode([JobID].self, from: json) == [id])
    }
}
