import Testing

@testable import TileCore

/// Hostile input never traps: it gives a header that keeps its promises, or an error that says why.
@Suite struct HeaderRobustnessTests {
    @Test(arguments: HeaderFixtures.all.decoded.map(\.file) + HeaderFixtures.all.refused.map(\.file))
    func changedBytes(_ name: String) throws {
        let original = try HeaderFixtures.bytes(of: name)
        var random = SeededGenerator(seed: original.reduce(UInt64(original.count)) { $0 &* 31 &+ UInt64($1) })
        let file = try HeaderFile(original)
        for _ in 0..<60 {
            var bytes = original
            for _ in 0..<random.int(1...4) { Self.change(&bytes, using: &random) }
            try file.write(bytes)
            expectSound(file.header)
        }
    }

    private static func change(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        // Numbers that make sizes and counts overflow are tried more often than chance would have them.
        let extremes: [[UInt8]] = [
            [0], [1], [0xFF], [0x80], [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF],
            [0xFF, 0xFF, 0xFF, 0x7F],
        ]
        let offset = random.int(0...(min(bytes.count, random.pick([40, 160, bytes.count])) - 1))
        switch random.int(0...4) {
        case 0: bytes[offset] = UInt8(random.int(0...255))
        case 1: bytes[offset] ^= 1 << UInt8(random.int(0...7))
        case 2: bytes.remove(at: offset)
        case 3: bytes.insert(UInt8(random.int(0...255)), at: offset)
        default:
            let values = random.pick(extremes)
            let end = min(bytes.count, offset + values.count)
            bytes.replaceSubrange(offset..<end, with: values.prefix(end - offset))
        }
    }

    @Test(
        arguments: [
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], [0xFF, 0xD8, 0xFF], [0x42, 0x4D],
            [0x49, 0x49, 0x2A, 0x00],
            [0x4D, 0x4D, 0x00, 0x2B], [0x52, 0x49, 0x46, 0x46, 0x40, 0, 0, 0, 0x57, 0x45, 0x42, 0x50], [],
        ] as [[UInt8]])
    func garbageBehindASignature(_ signature: [UInt8]) throws {
        var random = SeededGenerator(seed: UInt64(signature.count) + 1)
        let file = try HeaderFile(signature)
        for _ in 0..<300 {
            let count = random.int(0...400)
            // Small numbers go further into a parser than evenly spread ones.
            let limit = random.chance(1, in: 2) ? 255 : 9
            try file.write(signature + (0..<count).map { _ in UInt8(random.int(0...limit)) })
            expectSound(file.header)
        }
    }

    private func expectSound(_ result: Result<ImageHeader, ImageHeaderError>) {
        switch result {
        case .success(let header):
            #expect(header.size.area <= ImageHeader.maximumArea)
            #expect((1...8).contains(header.orientation))
            // A BMP file with alpha is read, though never written.
            #expect(header.fileFormat == .bmp || header.fileFormat.canHold(header.pixelFormat))
        case .failure(let error):
            #expect(error.code != .unreadable)
            #expect(error.reason.count > 20)
        }
    }
}
