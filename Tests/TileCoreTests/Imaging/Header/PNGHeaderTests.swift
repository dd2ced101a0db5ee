import Testing

@testable import TileCore

@Suite struct PNGHeaderTests {
    @Test(arguments: [
        (0, 1, PixelFormat.gray(.eight)), (0, 2, .gray(.eight)), (0, 4, .gray(.eight)), (0, 8, .gray(.eight)),
        (0, 16, .gray(.sixteen)), (2, 8, .bgr(.eight)), (2, 16, .bgr(.sixteen)), (4, 8, .bgra(.eight)),
        (4, 16, .bgra(.sixteen)), (6, 8, .bgra(.eight)), (6, 16, .bgra(.sixteen)),
    ])
    func colorTypes(_ color: Int, _ depth: Int, _ expected: PixelFormat) throws {
        let result = try header(of: Self.file(color: color, depth: depth))
        #expect(try result.get().pixelFormat == expected)
        #expect(try result.get().size == PixelSize(width: 5, height: 3))
    }

    @Test(arguments: [(1, 8), (0, 3), (2, 4), (3, 16), (4, 2), (6, 1), (7, 8), (0, 0)])
    func colorTypesThatDoNotExist(_ color: Int, _ depth: Int) throws {
        #expect(try header(of: Self.file(color: color, depth: depth)).code == .damaged)
    }

    @Test(
        arguments: [
            (1_000_000, 1, nil), (1_000_001, 1, .unsupported), (1, 1_000_001, .unsupported), (0, 3, .damaged),
            (3, 0, .damaged), (0xFFFF_FFFF, 0xFFFF_FFFF, .unsupported), (32_768, 32_768, nil),
            (32_768, 32_769, .unsupported),
        ] as [(Int, Int, ImageHeaderError.Code?)])
    func sides(_ width: Int, _ height: Int, _ code: ImageHeaderError.Code?) throws {
        #expect(try header(of: Self.file(width: width, height: height)).code == code)
    }

    @Test func transparencyOnlyWhereTheDecoderSeesIt() throws {
        let key = Self.chunk("tRNS", [0, 1, 0, 2, 0, 3])
        let corrupt = Array(key.dropLast()) + [key[key.count - 1] ^ 1]
        #expect(try header(of: Self.file(color: 2, before: key)).get().pixelFormat == .bgra(.eight))
        #expect(try header(of: Self.file(color: 2, before: corrupt)).get().pixelFormat == .bgr(.eight))
        #expect(try header(of: Self.file(color: 2, behind: key)).get().pixelFormat == .bgr(.eight))
        #expect(try header(of: Self.file(before: Self.chunk("tRNS", [0, 1]))).code == .unsupported)
        #expect(try header(of: Self.file(before: Self.chunk("tRNS", [1]))).get().pixelFormat == .gray(.eight))
    }

    @Test func palettes() throws {
        let four = [UInt8](repeating: 7, count: 12)
        let alpha = Self.chunk("tRNS", [1, 2])
        let palette = Self.chunk("PLTE", four)
        #expect(try header(of: Self.file(color: 3, before: palette)).get().pixelFormat == .bgr(.eight))
        #expect(try header(of: Self.file(color: 3, before: palette + alpha)).get().pixelFormat == .bgra(.eight))
        #expect(try header(of: Self.file(color: 3, before: alpha + palette)).get().pixelFormat == .bgr(.eight))
        // One bit names two colors; the decoder forgets the others, and alpha for them is then too long.
        let three = Self.chunk("tRNS", [1, 2, 3])
        #expect(
            try header(of: Self.file(color: 3, depth: 1, before: palette + three)).get().pixelFormat == .bgr(.eight))
        for broken in [[], Self.chunk("PLTE", [1, 2]), palette + palette, Self.chunk("PLTE", [])] {
            #expect(try header(of: Self.file(color: 3, before: broken)).code == .damaged)
        }
    }

    @Test func animationOnlyAheadOfThePixels() throws {
        let control = Self.chunk("acTL", .big(2, 4) + .big(0, 4))
        #expect(try header(of: Self.file(before: control)).code == .unsupported)
        #expect(try header(of: Self.file(behind: control)).code == nil)
    }

    @Test func chunksThatCannotBe() throws {
        let start = Self.file().count - 12
        #expect(try header(of: Self.file(before: Self.chunk("ABCD", []))).code == .damaged)
        #expect(try header(of: Self.file(before: Self.chunk("a1cd", []))).code == .damaged)
        #expect(try header(of: Self.file().overwriting(at: start, with: .big(0x8000_0000, 4))).code == .damaged)
        #expect(try header(of: Self.file().overwriting(at: start, with: .big(0x7FFF_FFFF, 4))).code == .truncated)
        #expect(try header(of: Self.file(interlace: 1)).code == nil)
        #expect(try header(of: Self.file(interlace: 2)).code == .damaged)
        #expect(try header(of: Self.file(pixels: nil)).code == .damaged)
    }

    static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let covered = Array(type.utf8) + data
        var crc = UInt32.max
        for byte in covered {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return .big(data.count, 4) + covered + .big(Int(~crc), 4)
    }

    /// A file whose pixels nobody looks at.
    static func file(
        width: Int = 5, height: Int = 3, color: Int = 0, depth: Int = 8, interlace: Int = 0, before: [UInt8] = [],
        pixels: [UInt8]? = [1, 2, 3], behind: [UInt8] = []
    ) -> [UInt8] {
        let header = .big(width, 4) + .big(height, 4) + [UInt8(depth), UInt8(color), 0, 0, UInt8(interlace)]
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let data = pixels.map { chunk("IDAT", $0) } ?? []
        return signature + chunk("IHDR", header) + before + data + behind + chunk("IEND", [])
    }
}
