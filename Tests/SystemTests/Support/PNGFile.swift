import Foundation

/// PNG files that OpenCV does not write: other kinds of pixels, or none.
enum PNGFile {
    /// Color types of the format's specification.
    enum Color: UInt8 {
        case gray = 0
        case rgb = 2
        case grayAlpha = 4
    }

    /// A complete file, without compression.
    /// - Parameters:
    ///   - rows: the bytes of the rows.
    ///   - chunks: chunks before the pixels.
    static func file(
        width: Int, color: Color, depth: UInt8 = 8, rows: [[UInt8]], chunks: [(type: String, body: [UInt8])] = []
    ) -> Data {
        // Each row begins with the number of its filter. 0 is no filter.
        let raw = rows.flatMap { row in [UInt8(0)] + row }
        let before = chunks.map { chunk($0.type, $0.body) }.reduce(Data(), +)
        return header(width: width, height: rows.count, color: color, depth: depth) + before
            + chunk("IDAT", zlib(raw)) + chunk("IEND", [])
    }

    /// A file without any pixel data.
    static func withoutPixels(width: Int, height: Int, color: Color, depth: UInt8 = 8) -> Data {
        header(width: width, height: height, color: color, depth: depth) + chunk("IDAT", zlib([0]))
            + chunk("IEND", [])
    }

    private static func header(width: Int, height: Int, color: Color, depth: UInt8 = 8) -> Data {
        Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
            + chunk("IHDR", bigEndian(width) + bigEndian(height) + [depth, color.rawValue, 0, 0, 0])
    }

    private static func chunk(_ type: String, _ body: [UInt8]) -> Data {
        let content = Array(type.utf8) + body
        return Data(bigEndian(body.count) + content + bigEndian(Int(checksum(content))))
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// Stored blocks of RFC 1951 in the frame of RFC 1950.
    private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        for start in stride(from: 0, to: bytes.count, by: 65_535) {
            let block = bytes[start..<min(start + 65_535, bytes.count)]
            let (low, high) = (UInt8(block.count & 255), UInt8(block.count >> 8))
            stream += [block.endIndex == bytes.count ? 1 : 0, low, high, ~low, ~high] + block
        }
        var (a, b) = (1, 0)
        for byte in bytes {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return stream + bigEndian(b << 16 | a)
    }

    /// CRC-32 of the specification's annex D.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }
}
