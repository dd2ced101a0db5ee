import Testing

@testable import TileCore

@Suite struct EXIFOrientationTests {
    @Test(arguments: 0...9, [ByteOrder.little, .big])
    func values(_ orientation: Int, _ order: ByteOrder) {
        let block = Self.block(orientation: orientation, order: order)
        #expect(EXIFOrientation.read(block[...]) == ((1...8).contains(orientation) ? orientation : 1))
    }

    @Test func everyPrefixIsHarmless() {
        let block = Self.block(orientation: 6)
        for length in 0..<20 { #expect(EXIFOrientation.read(block[..<length]) == 1) }
        // The entry's last two bytes and the link to the next directory are not looked at.
        for length in 20...block.count { #expect(EXIFOrientation.read(block[..<length]) == 6) }
    }

    /// Entries ahead of the orientation whose values are not there end the search.
    @Test(arguments: [
        (0x011A, 5, 1, 0xFFFF_FFFF, 1), (0x011A, 5, 1, 8, 6), (0x011A, 5, 1, 31, 1), (0x0214, 5, 6, 8, 1),
        (0x010F, 2, 100, 8, 1), (0x010F, 2, 4, 0xFFFF_FFFF, 6), (0x010F, 2, 5, 30, 6), (0x0100, 4, 1, 0xFFFF_FFFF, 6),
        (0x010F, 2, 0xFFFF_FFFF, 0xFFFF_FFFF, 1),
    ])
    func entriesAhead(_ tag: Int, _ type: Int, _ count: Int, _ value: Int, _ expected: Int) {
        let entry = .little(tag, 2) + .little(type, 2) + .little(count, 4) + [UInt8].little(value, 4)
        #expect(EXIFOrientation.read(Self.block(orientation: 6, ahead: [entry])[...]) == expected)
    }

    @Test func directoryElsewhere() {
        let block = Self.block(orientation: 3)
        #expect(EXIFOrientation.read(block.overwriting(at: 4, with: .little(0xFFFF_FFFF, 4))[...]) == 1)
        #expect(EXIFOrientation.read(block.overwriting(at: 2, with: [43, 0])[...]) == 1)
        #expect(EXIFOrientation.read(block.overwriting(at: 8, with: [0xFF, 0xFF])[...]) == 3)
    }

    /// A TIFF structure with one directory: the entries given and, last, the orientation.
    static func block(orientation: Int, order: ByteOrder = .little, ahead: [[UInt8]] = []) -> [UInt8] {
        let number = { (value: Int, bytes: Int) -> [UInt8] in
            order == .little ? .little(value, bytes) : .big(value, bytes)
        }
        let entry = number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + [0, 0]
        let count = number(ahead.count + 1, 2)
        let start = Array((order == .little ? "II" : "MM").utf8) + number(42, 2) + number(8, 4)
        return start + count + ahead.flatMap { $0 } + entry + number(0, 4)
    }
}
