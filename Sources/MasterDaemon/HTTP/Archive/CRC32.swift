/// The checksum of zip files: CRC-32 as in ISO 3309, eight bytes at a time (Kounavis and Berry, "Novel table lookup-based
/// algorithms for high-performance CRC generation", 2008).
struct CRC32: Sendable {
    private var state: UInt32 = 0xFFFF_FFFF

    var value: UInt32 { ~state }

    mutating func add(_ bytes: Span<UInt8>) {
        let tables = Self.tables
        var (crc, index) = (state, 0)
        while index + 8 <= bytes.count {
            let low = crc ^ Self.word(bytes, index)
            let high = Self.word(bytes, index + 4)
            crc = 0
            for byte in 0..<4 {
                crc ^= tables[(7 - byte) << 8 | Int(low >> (8 * UInt32(byte)) & 0xFF)]
                crc ^= tables[(3 - byte) << 8 | Int(high >> (8 * UInt32(byte)) & 0xFF)]
            }
            index += 8
        }
        while index < bytes.count {
            crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
            index += 1
        }
        state = crc
    }

    private static func word(_ bytes: Span<UInt8>, _ index: Int) -> UInt32 {
        UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
            | UInt32(bytes[index + 3]) << 24
    }

    /// Eight tables of 256 entries, one behind the other: the n-th is for a byte with n bytes behind it.
    private static let tables: [UInt32] = {
        var tables = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        for index in 256..<2048 {
            let before = tables[index - 256]
            tables.append(before >> 8 ^ tables[Int(before & 0xFF)])
        }
        return tables
    }()
}
