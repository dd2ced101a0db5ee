import Testing

@testable import TileCore

@Suite struct BMPHeaderTests {
    @Test(
        arguments: [
            (5, 3, nil), (5, -3, nil), (0, 3, .damaged), (5, 0, .damaged), (-5, 3, .damaged),
            (5, -0x8000_0000, .unsupported), (0x7FFF_FFFF, 0x7FFF_FFFF, .unsupported), (1_048_576, 1024, .truncated),
            (1_048_576, 1025, .unsupported),
        ] as [(Int, Int, ImageHeaderError.Code?)])
    func sides(_ width: Int, _ height: Int, _ code: ImageHeaderError.Code?) throws {
        let result = try header(of: Self.file(width: width, height: height))
        #expect(result.code == code)
        if code == nil { #expect(try result.get().size == PixelSize(width: 5, height: 3)) }
    }

    @Test func lastPaddingIsNeeded() throws {
        #expect(try header(of: Self.file()).code == nil)
        #expect(try header(of: Self.file().dropLast()).code == .truncated)
    }

    @Test func paletteDecidesBetweenGrayAndColor() throws {
        let gray = [UInt8](repeating: 9, count: 8)
        let color = gray.overwriting(at: 5, with: [10])
        let file = { (palette: [UInt8], used: Int) in Self.file(bits: 1, palette: palette, used: used) }
        #expect(try header(of: file(gray, 0)).get().pixelFormat == .gray(.eight))
        #expect(try header(of: file(color, 0)).get().pixelFormat == .bgr(.eight))
        // The reserved byte is no color, and entries that one bit cannot name do not count.
        #expect(try header(of: file(gray.overwriting(at: 3, with: [99]), 2)).get().pixelFormat == .gray(.eight))
        #expect(try header(of: file(gray + [1, 2, 3, 0], 3)).get().pixelFormat == .gray(.eight))
        #expect(try header(of: file(gray, 257)).code == .damaged)
        #expect(try header(of: file(gray, 0xFFFF_FFFF)).code == .damaged)
    }

    @Test(
        arguments: [
            (8, 2, .unsupported), (4, 1, .unsupported), (24, 1, .unsupported), (24, 3, .unsupported),
            (24, 4, .unsupported),
            (0, 5, .unsupported), (2, 0, .unsupported), (64, 0, .unsupported), (16, 0, .unsupported),
            (16, 3, .unsupported), (32, 0, nil),
        ] as [(Int, Int, ImageHeaderError.Code?)])
    func depthsAndCompressions(_ bits: Int, _ compression: Int, _ code: ImageHeaderError.Code?) throws {
        let bytes = Self.file(bits: bits, compression: compression, palette: [UInt8](repeating: 0, count: 1024))
        #expect(try header(of: bytes).code == code)
    }

    @Test(
        arguments: [
            ([0xFF_0000, 0xFF00, 0xFF, 0xFF00_0000], nil), ([0xFF, 0xFF00, 0xFF_0000, 0], nil),
            ([0xFF, 0xFF, 0xFF, 0], .unsupported), ([0, 0, 0, 0], .unsupported),
            ([0x3FF0_0000, 0xFFC00, 0x3FF, 0xC000_0000], .unsupported), ([0xFE_0000, 0xFE00, 0xFE, 0], .unsupported),
            ([0xFF_0000, 0xFF00, 0xFF, 0xF000_0000], .unsupported),
        ] as [([Int], ImageHeaderError.Code?)])
    func masksOf32Bits(_ masks: [Int], _ code: ImageHeaderError.Code?) throws {
        let fields = masks.flatMap { [UInt8].little($0, 4) } + [UInt8](repeating: 0, count: 68)
        let result = try header(of: Self.file(bits: 32, compression: 3, fields: fields))
        #expect(result.code == code)
        if code == nil { #expect(try result.get().pixelFormat == .bgra(.eight)) }
    }

    /// A short header has no alpha mask, even if what lies behind it looks like one.
    @Test func masksBehindAShortHeader() throws {
        let masks = [0xFF_0000, 0xFF00, 0xFF, 0xFF00_0000].flatMap { [UInt8].little($0, 4) }
        #expect(try header(of: Self.file(bits: 32, compression: 3, palette: masks)).code == .unsupported)
    }

    /// OpenCV makes white 248 of five bits that are all set.
    @Test(arguments: ["16.bmp", "16-bf40-565.bmp", "16-bf124-565.bmp"]) func fiveBitsAColor(_ file: String) throws {
        let result = try header(of: HeaderFixtures.bytes(of: file))
        guard case .failure(let error) = result else {
            Issue.record("\(file) was taken")
            return
        }
        #expect(error.reason.hasSuffix("save it with 24 bits"))
    }

    @Test func pixelsInsideTheHeader() throws {
        #expect(try header(of: Self.file().overwriting(at: 10, with: .little(53, 4))).code == .damaged)
        #expect(try header(of: Self.file().overwriting(at: 10, with: .little(0xFFFF_FFFF, 4))).code == .truncated)
        #expect(try header(of: Array("BM, said the text, and went on and on".utf8)).code == .damaged)
    }

    @Test(
        arguments: [
            // Two rows of four pixels: runs, literals, ends of lines, jumps.
            ([4, 7, 0, 0, 4, 7, 0, 1], nil), ([4, 7, 4, 7], nil), ([0, 4, 1, 2, 3, 4, 0, 0, 4, 7, 0, 1], nil),
            ([2, 7, 0, 0, 2, 7, 0, 1], nil), ([0, 2, 1, 1, 3, 7, 0, 1], nil), ([0, 1], nil), ([0, 0, 0, 0], nil),
            ([0, 2, 0, 2], nil), ([5, 7], .damaged), ([3, 7, 2, 7], .damaged), ([4, 7, 0, 0], .truncated),
            ([4], .truncated),
            ([0, 4, 1, 2], .truncated), ([0, 2, 1], .truncated), ([], .truncated),
        ] as [([UInt8], ImageHeaderError.Code?)])
    func runLengths(_ codes: [UInt8], _ code: ImageHeaderError.Code?) throws {
        let palette = [UInt8](repeating: 0, count: 1024)
        let bytes = Self.file(width: 4, height: 2, bits: 8, compression: 1, palette: palette, pixels: codes)
        #expect(try header(of: bytes).code == code)
    }

    @Test(
        arguments: [
            ([4, 0x77, 0, 0, 4, 0x77, 0, 1], nil), ([4, 0x77, 0, 0, 0, 3, 0x12, 0x30, 0, 1], nil),
            ([0, 1], .unsupported), ([0, 2, 1, 0], .unsupported), ([4, 0x77, 4, 0x77], .damaged),
        ] as [([UInt8], ImageHeaderError.Code?)])
    func runLengthsOf4Bits(_ codes: [UInt8], _ code: ImageHeaderError.Code?) throws {
        let palette = [UInt8](repeating: 0, count: 64)
        let bytes = Self.file(width: 4, height: 2, bits: 4, compression: 2, palette: palette, pixels: codes)
        #expect(try header(of: bytes).code == code)
    }

    /// - Parameter fields: what a header longer than 40 bytes goes on with.
    static func file(
        width: Int = 5, height: Int = 3, bits: Int = 24, compression: Int = 0, palette: [UInt8] = [], used: Int = 0,
        fields: [UInt8] = [], pixels: [UInt8]? = nil
    ) -> [UInt8] {
        let size = 40 + fields.count
        let pixels = pixels ?? [UInt8](repeating: 0, count: (5 * bits + 31) / 32 * 4 * 3)
        let info =
            .little(size, 4) + .little(width, 4) + .little(height, 4) + .little(1, 2) + .little(bits, 2)
            + [UInt8].little(compression, 4)
        let rest = [UInt8](repeating: 0, count: 12) + .little(used, 4) + .little(0, 4)
        let start = 14 + size + palette.count
        let head = Array("BM".utf8) + .little(start + pixels.count, 4) + .little(0, 4) + .little(start, 4)
        return head + info + rest + fields + palette + pixels
    }
}
