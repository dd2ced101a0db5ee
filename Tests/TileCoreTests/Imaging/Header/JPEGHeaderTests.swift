import Testing

@testable import TileCore

@Suite struct JPEGHeaderTests {
    @Test func components() throws {
        #expect(try header(of: Self.file(components: 1)).get().pixelFormat == .gray(.eight))
        #expect(try header(of: Self.file(components: 3)).get().pixelFormat == .bgr(.eight))
        #expect(try header(of: Self.file(components: 2)).code == .unsupported)
        #expect(try header(of: Self.file(components: 5)).code == .unsupported)
        let adobe = Self.segment(0xEE, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 2])
        #expect(try header(of: Self.file(components: 4)).code == .unsupported)
        #expect(try header(of: Self.file(components: 4, before: adobe)).get().pixelFormat == .bgr(.eight))
    }

    @Test(
        arguments: [
            (65_500, 65_500, .unsupported), (65_500, 2, nil), (65_501, 2, .unsupported), (2, 65_535, .unsupported),
            (0, 2, .damaged), (2, 0, .unsupported),
        ] as [(Int, Int, ImageHeaderError.Code?)])
    func sides(_ width: Int, _ height: Int, _ code: ImageHeaderError.Code?) throws {
        #expect(try header(of: Self.file(width: width, height: height)).code == code)
    }

    @Test(
        arguments: [
            (0xC0, nil), (0xC1, nil), (0xC2, nil), (0xC9, nil), (0xCA, nil), (0xC3, .unsupported), (0xC5, .unsupported),
            (0xC7, .unsupported), (0xCB, .unsupported), (0xCF, .unsupported), (0xF7, .unsupported),
            (0xC8, .unsupported),
            (0xDE, .damaged), (0x02, .damaged), (0xF0, .damaged),
        ] as [(UInt8, ImageHeaderError.Code?)])
    func processes(_ marker: UInt8, _ code: ImageHeaderError.Code?) throws {
        #expect(try header(of: Self.file(marker: marker)).code == code)
    }

    @Test(
        arguments: [
            ([0x22, 0x11, 0x11], nil), ([0x41, 0x11, 0x11], nil), ([0x31, 0x21, 0x11], .unsupported),
            ([0x51, 0x11, 0x11], .damaged), ([0x01, 0x11, 0x11], .damaged), ([0x44, 0x11, 0x11], .damaged),
        ] as [([UInt8], ImageHeaderError.Code?)])
    func sampling(_ factors: [UInt8], _ code: ImageHeaderError.Code?) throws {
        #expect(try header(of: Self.file(factors: factors)).code == code)
    }

    @Test func precision() throws {
        let bytes = Self.file()
        let frame = try #require(bytes.firstIndex(of: 0xC0))
        #expect(try header(of: bytes.overwriting(at: frame + 3, with: [12])).code == .unsupported)
    }

    @Test func everyComponentNeedsAScan() throws {
        let scans = { (ids: [UInt8]) -> [UInt8] in ids.flatMap { (id: UInt8) -> [UInt8] in Self.scan([id]) + [0x12] } }
        #expect(try header(of: Self.file(scans: scans([1, 2, 3]))).code == nil)
        #expect(try header(of: Self.file(scans: scans([1, 3]))).code == .damaged)
        #expect(try header(of: Self.file(scans: scans([1, 2, 4]))).code == .damaged)
        #expect(try header(of: Self.file(scans: [])).code == .damaged)
    }

    @Test func scanDataIsSteppedOver() throws {
        let data: [UInt8] = [0xFF, 0x00, 0xD9, 0xFF, 0xD0, 0xFF, 0xFF, 0xFF, 0x00, 0xFF, 0xD7, 0x01]
        #expect(try header(of: Self.file(data: data)).code == nil)
        #expect(try header(of: Self.file(data: data).dropLast(2) + [0xFF]).code == .truncated)
        #expect(try header(of: Self.file(data: [0xFF, 0x5A])).code == .damaged)
    }

    /// The file is searched in blocks; a marker may lie across two of them.
    @Test(arguments: -4...4)
    func endAcrossBlocks(_ shift: Int) throws {
        let head = Self.file(data: []).count - 2
        for boundary in [4096, 4096 + 262_144, 4096 + 2 * 262_144] {
            let bytes = Self.file(data: [UInt8](repeating: 0x55, count: boundary - head + shift))
            #expect(try header(of: bytes).code == nil)
            #expect(try header(of: bytes.dropLast()).code == .truncated)
        }
    }

    @Test func thumbnailIsNotTheImage() throws {
        let thumbnail = Self.segment(0xE1, Array("Exif\0\0".utf8) + Self.file(width: 4, height: 4))
        let bytes = Self.file(before: thumbnail)
        #expect(try header(of: bytes).get().size == PixelSize(width: 40, height: 30))
        #expect(try header(of: Array(bytes.dropLast(2))).code == .truncated)
    }

    @Test func orientationTurnsTheSize() throws {
        let exif = Self.segment(0xE1, Array("Exif\0\0".utf8) + EXIFOrientationTests.block(orientation: 8))
        let turned = try header(of: Self.file(before: exif)).get()
        #expect(turned.orientation == 8)
        #expect(turned.size == PixelSize(width: 30, height: 40))
        // Only the very first APP1 segment counts, and only ahead of the scans.
        let other = Self.segment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0".utf8))
        #expect(try header(of: Self.file(before: other + exif)).get().orientation == 1)
        #expect(try header(of: Self.file(data: [0x11] + exif)).get().orientation == 1)
    }

    static func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0xFF, marker] + .big(payload.count + 2, 2) + payload
    }

    static func scan(_ ids: [UInt8]) -> [UInt8] {
        let selectors: [UInt8] = ids.flatMap { (id: UInt8) -> [UInt8] in [id, 0] }
        return segment(0xDA, [UInt8(ids.count)] + selectors + [0, 63, 0])
    }

    /// A file without tables: nobody decodes it.
    static func file(
        width: Int = 40, height: Int = 30, components: Int = 3, marker: UInt8 = 0xC0, factors: [UInt8] = [],
        before: [UInt8] = [], scans: [UInt8]? = nil, data: [UInt8] = [0x12, 0x34]
    ) -> [UInt8] {
        let ids = (1...components).map { UInt8($0) }
        let parts: [UInt8] = ids.flatMap { (id: UInt8) -> [UInt8] in
            [id, factors.isEmpty ? 0x11 : factors[Int(id) - 1], 0]
        }
        let size: [UInt8] = .big(height, 2) + .big(width, 2)
        let frame = segment(marker, [8] + size + [UInt8(components)] + parts)
        let image = frame + (scans ?? (scan(ids) + data))
        return [0xFF, 0xD8] + before + image + [0xFF, 0xD9]
    }
}
