import Foundation
import NIOCore

/// The layout of a zip file (PKWARE's APPNOTE 6.3.10). Files are stored uncompressed, because images are compressed
/// already. So the length of the archive is known before it is sent. A checksum is known only when its file was sent,
/// so it follows the file, and is repeated at the end of the archive.
struct ZipLayout: Sendable {
    struct Entry: Sendable {
        /// The file name, without folders.
        let name: String
        let bytes: Int
        let time: Date
    }

    let entries: [Entry]

    /// The offset of each entry.
    private let offsets: [Int]
    private let directoryStart: Int

    init(_ entries: [Entry]) {
        self.entries = entries
        var (offset, offsets) = (0, [Int]())
        for entry in entries {
            offsets.append(offset)
            offset += Self.head(of: entry).readableBytes + entry.bytes + Self.tailLength(of: entry)
        }
        self.offsets = offsets
        directoryStart = offset
    }

    /// Bytes of the whole archive.
    var length: Int { directoryStart + directory(sums: Array(repeating: 0, count: entries.count)).readableBytes }

    /// The bytes before an entry's content.
    func head(_ index: Int) -> ByteBuffer { Self.head(of: entries[index]) }

    /// The bytes after an entry's content.
    func tail(_ index: Int, sum: UInt32) -> ByteBuffer {
        let entry = entries[index]
        var out = ByteBuffer()
        out.put(0x0807_4B50 as UInt32)
        out.put(sum)
        if Self.isLarge(entry.bytes) {
            out.put(UInt64(entry.bytes))
            out.put(UInt64(entry.bytes))
        } else {
            out.put(UInt32(entry.bytes))
            out.put(UInt32(entry.bytes))
        }
        return out
    }

    /// The central directory at the end of the archive.
    /// - Parameter sums: the checksum of each entry.
    func directory(sums: [UInt32]) -> ByteBuffer {
        var out = ByteBuffer()
        for (index, entry) in entries.enumerated() {
            put(entry, sum: sums[index], offset: offsets[index], to: &out)
        }
        putEnd(length: out.readableBytes, to: &out)
        return out
    }

    // MARK: Records

    /// Whether a number does not fit 32 bits, and has to be in a 64-bit field.
    private static func isLarge(_ number: Int) -> Bool { number >= 0xFFFF_FFFF }

    private static func limited(_ number: Int) -> UInt32 { isLarge(number) ? 0xFFFF_FFFF : UInt32(number) }

    /// Names are UTF-8; checksums and lengths follow the content.
    private static let flags: UInt16 = 1 << 11 | 1 << 3

    private static func version(large: Bool) -> UInt16 { large ? 45 : 20 }

    private static func tailLength(of entry: Entry) -> Int { isLarge(entry.bytes) ? 24 : 16 }

    private static func head(of entry: Entry) -> ByteBuffer {
        let (isLarge, name) = (Self.isLarge(entry.bytes), Array(entry.name.utf8))
        var out = ByteBuffer()
        out.put(0x0403_4B50 as UInt32)
        out.put(version(large: isLarge))
        out.put(flags)
        out.put(0 as UInt16)
        out.putTime(entry.time)
        out.put(0 as UInt32)
        out.put(isLarge ? 0xFFFF_FFFF : 0 as UInt32)
        out.put(isLarge ? 0xFFFF_FFFF : 0 as UInt32)
        out.put(UInt16(name.count))
        out.put((isLarge ? 20 : 0) + 9 as UInt16)
        out.writeBytes(name)
        if isLarge {
            out.put(1 as UInt16)
            out.put(16 as UInt16)
            out.put(0 as UInt64)
            out.put(0 as UInt64)
        }
        out.putUnixTime(entry.time)
        return out
    }

    private func put(_ entry: Entry, sum: UInt32, offset: Int, to out: inout ByteBuffer) {
        let name = Array(entry.name.utf8)
        var extra = ByteBuffer()
        for number in Self.isLarge(entry.bytes) ? [entry.bytes, entry.bytes] : [] { extra.put(UInt64(number)) }
        if Self.isLarge(offset) { extra.put(UInt64(offset)) }
        let isLarge = extra.readableBytes > 0
        out.put(0x0201_4B50 as UInt32)
        // Made on Unix, which gives the permissions below a meaning.
        out.put(3 << 8 | Self.version(large: isLarge))
        out.put(Self.version(large: isLarge))
        out.put(Self.flags)
        out.put(0 as UInt16)
        out.putTime(entry.time)
        out.put(sum)
        out.put(Self.limited(entry.bytes))
        out.put(Self.limited(entry.bytes))
        out.put(UInt16(name.count))
        out.put(UInt16((isLarge ? 4 + extra.readableBytes : 0) + 9))
        out.put(0 as UInt16)
        out.put(0 as UInt16)
        out.put(0 as UInt16)
        // A regular file that its owner may write and all may read.
        out.put(0o100644 << 16 as UInt32)
        out.put(Self.limited(offset))
        out.writeBytes(name)
        if isLarge {
            out.put(1 as UInt16)
            out.put(UInt16(extra.readableBytes))
            out.writeBuffer(&extra)
        }
        out.putUnixTime(entry.time)
    }

    private func putEnd(length: Int, to out: inout ByteBuffer) {
        let isLarge = Self.isLarge(directoryStart) || Self.isLarge(length) || entries.count >= 0xFFFF
        if isLarge {
            out.put(0x0606_4B50 as UInt32)
            out.put(44 as UInt64)
            out.put(3 << 8 | 45 as UInt16)
            out.put(45 as UInt16)
            out.put(0 as UInt32)
            out.put(0 as UInt32)
            out.put(UInt64(entries.count))
            out.put(UInt64(entries.count))
            out.put(UInt64(length))
            out.put(UInt64(directoryStart))
            out.put(0x0706_4B50 as UInt32)
            out.put(0 as UInt32)
            out.put(UInt64(directoryStart + length))
            out.put(1 as UInt32)
        }
        out.put(0x0605_4B50 as UInt32)
        out.put(0 as UInt16)
        out.put(0 as UInt16)
        out.put(UInt16(min(entries.count, 0xFFFF)))
        out.put(UInt16(min(entries.count, 0xFFFF)))
        out.put(Self.limited(length))
        out.put(Self.limited(directoryStart))
        out.put(0 as UInt16)
    }
}

extension ByteBuffer {
    fileprivate mutating func put(_ number: some FixedWidthInteger) { writeInteger(number, endianness: .little) }

    /// MS-DOS time: from 1980, in steps of two seconds. In UTC, because the client's time zone is unknown.
    fileprivate mutating func putTime(_ time: Date) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: time)
        let year = min(max((parts.year ?? 1980) - 1980, 0), 127)
        put(UInt16((parts.hour ?? 0) << 11 | (parts.minute ?? 0) << 5 | (parts.second ?? 0) / 2))
        put(UInt16(year << 9 | (parts.month ?? 1) << 5 | (parts.day ?? 1)))
    }

    /// The exact time, for programs that read this field.
    fileprivate mutating func putUnixTime(_ time: Date) {
        put(0x5455 as UInt16)
        put(5 as UInt16)
        put(1 as UInt8)
        put(UInt32(clamping: Int(time.timeIntervalSince1970)))
    }
}
