/// Where one chunk of a PNG file is: length, type, data and CRC (PNG specification, section 5.3).
struct PNGChunk {
    let type: String
    let dataOffset: Int
    /// Bytes of data.
    let length: Int

    private static let overhead = 12

    /// The chunk at `offset`, which is wholly in the file.
    init(at offset: Int, in file: inout FileBytes) throws(ImageHeaderError) {
        let head = try file.bytes(at: offset, count: 8, of: "the image: its last chunk (IEND) is missing")
        let isNamed = head[4...].allSatisfy { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
        let length = Int(head[..<4].integer(.big))
        guard isNamed, length <= Int(Int32.max) else {
            throw .damaged("there is no PNG chunk at byte \(offset), where one should begin")
        }
        type = String(decoding: head[4...], as: UTF8.self)
        dataOffset = offset + 8
        self.length = length
        try file.require(Self.overhead + length, at: offset, for: "its chunk \(type)")
    }

    /// The offset of the next chunk.
    var end: Int { dataOffset + length + 4 }

    /// A decoder that does not know a critical chunk must give up; its type begins with a capital.
    var isCritical: Bool { type.first?.isUppercase ?? false }

    func bytes(_ file: inout FileBytes) throws(ImageHeaderError) -> [UInt8] {
        try file.bytes(at: dataOffset, count: length, of: "its chunk \(type)")
    }

    /// Whether the chunk's CRC fits. Reads all of the chunk: for short ones.
    func isIntact(_ file: inout FileBytes) throws(ImageHeaderError) -> Bool {
        let covered = try file.bytes(at: dataOffset - 4, count: length + 4, of: "its chunk \(type)")
        return try file.uint32(at: dataOffset + length, .big) == Int(Self.crc(covered))
    }

    /// CRC-32 as in ISO 3309, bit by bit: a few hundred bytes do not need a table.
    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        return ~crc
    }
}
