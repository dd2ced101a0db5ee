import Testing

@testable import TileCore

@Suite struct WebPHeaderTests {
    @Test func simpleFormats() throws {
        let lossy = try header(of: Self.file(Self.lossy(300, 200))).get()
        #expect(lossy.size == PixelSize(width: 300, height: 200))
        #expect(lossy.pixelFormat == .bgr(.eight))
        #expect(try header(of: Self.file(Self.lossless(300, 200))).get() == lossy)
        #expect(try header(of: Self.file(Self.lossless(300, 200, alpha: true))).get().pixelFormat == .bgra(.eight))
        #expect(try header(of: Self.file(Self.lossless(16_383, 1))).code == nil)
        #expect(try header(of: Self.file(Self.lossless(16_384, 1))).code == .unsupported)
        #expect(try header(of: Self.file(Self.lossy(0, 1))).code == .damaged)
    }

    @Test func extendedFormat() throws {
        let alpha = Self.chunk("ALPH", [0])
        let metadata = Self.chunk("ICCP", [1, 2, 3])
        #expect(
            try header(of: Self.file(Self.canvas(9, 8, flags: 0x10) + metadata + alpha + Self.lossy(9, 8))).get()
                .pixelFormat == .bgra(.eight))
        #expect(try header(of: Self.file(Self.canvas(9, 8) + Self.lossy(9, 8))).get().pixelFormat == .bgr(.eight))
        #expect(try header(of: Self.file(Self.canvas(9, 8) + alpha + Self.lossy(9, 8))).code == .damaged)
        #expect(try header(of: Self.file(Self.canvas(9, 8) + Self.lossless(9, 8, alpha: true))).code == .damaged)
        #expect(try header(of: Self.file(Self.canvas(9, 7) + Self.lossy(9, 8))).code == .damaged)
        #expect(try header(of: Self.file(Self.canvas(9, 8, flags: 0x02) + Self.lossy(9, 8))).code == .unsupported)
        #expect(try header(of: Self.file(Self.canvas(9, 8))).code == .damaged)
        #expect(try header(of: Self.file(metadata + Self.lossy(9, 8))).code == .damaged)
        #expect(try header(of: Self.file(Self.canvas(9, 8) + Self.canvas(9, 8) + Self.lossy(9, 8))).code == .damaged)
    }

    @Test func lengthsThatCannotBe() throws {
        let bytes = Self.file(Self.lossy(9, 8))
        #expect(try header(of: bytes.overwriting(at: 4, with: .little(bytes.count - 7, 4))).code == .truncated)
        #expect(try header(of: bytes.overwriting(at: 4, with: .little(0xFFFF_FFFF, 4))).code == .truncated)
        #expect(try header(of: bytes.overwriting(at: 4, with: .little(4, 4))).code == .damaged)
        #expect(try header(of: bytes.overwriting(at: 16, with: .little(bytes.count, 4))).code == .damaged)
        #expect(try header(of: bytes.overwriting(at: 16, with: .little(0xFFFF_FFFF, 4))).code == .damaged)
        #expect(try header(of: bytes.overwriting(at: 16, with: .little(9, 4))).code == .damaged)
    }

    @Test func bitstreamsThatCannotBe() throws {
        let lossy = Self.file(Self.lossy(9, 8))
        // Bit 0: not a key frame; bits 1-3: version; bit 4: not shown; from bit 5: a partition longer than the chunk.
        for tag in [0x11, 0x18, 0x00, 0x10 | 4000 << 5] {
            #expect(try header(of: lossy.overwriting(at: 20, with: .little(tag, 3))).code == .damaged)
        }
        #expect(try header(of: lossy.overwriting(at: 23, with: [0x9E])).code == .damaged)
        let lossless = Self.file(Self.lossless(9, 8))
        #expect(try header(of: lossless.overwriting(at: 20, with: [0x2E])).code == .damaged)
        #expect(try header(of: lossless.overwriting(at: 24, with: [0x20])).code == .damaged)
    }

    static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        Array(type.utf8) + .little(data.count, 4) + data + [UInt8](repeating: 0, count: data.count % 2)
    }

    static func file(_ chunks: [UInt8]) -> [UInt8] {
        Array("RIFF".utf8) + .little(chunks.count + 4, 4) + Array("WEBP".utf8) + chunks
    }

    static func canvas(_ width: Int, _ height: Int, flags: UInt8 = 0) -> [UInt8] {
        chunk("VP8X", [flags, 0, 0, 0] + .little(width - 1, 3) + .little(height - 1, 3))
    }

    static func lossy(_ width: Int, _ height: Int) -> [UInt8] {
        chunk("VP8 ", .little(0x10, 3) + [0x9D, 0x01, 0x2A] + .little(width, 2) + .little(height, 2) + [0, 0])
    }

    static func lossless(_ width: Int, _ height: Int, alpha: Bool = false) -> [UInt8] {
        chunk("VP8L", [0x2F] + .little(width - 1 | (height - 1) << 14 | (alpha ? 1 << 28 : 0), 4) + [0])
    }
}
