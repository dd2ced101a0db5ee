/// Makes little-endian TIFF files of one directory at byte 8: 8-bit gray in one strip unless told otherwise.
struct TIFFBuilder {
    struct Entry {
        /// 3 for values of two bytes, 4 for four.
        let type: Int
        let values: [Int]

        var bytes: [UInt8] { values.flatMap { [UInt8].little($0, type == 3 ? 2 : 4) } }
    }

    var entries: [Int: Entry]
    /// Counts that are not those of the values.
    var declaredCounts: [Int: Int] = [:]
    var next = 0
    var pixels = [UInt8](repeating: 0, count: 15)

    /// The offset of the pixels stands for itself until the file is made.
    private static let pixelOffset = -1

    init(width: Int = 5, height: Int = 3) {
        entries = [
            256: Entry(type: 4, values: [width]), 257: Entry(type: 4, values: [height]),
            258: Entry(type: 3, values: [8]), 259: Entry(type: 3, values: [1]), 262: Entry(type: 3, values: [1]),
            273: Entry(type: 4, values: [Self.pixelOffset]), 279: Entry(type: 4, values: [pixels.count]),
        ]
    }

    var file: [UInt8] {
        let end = 8 + 2 + 12 * entries.count + 4
        let directory = entries.sorted { $0.key < $1.key }.flatMap { tag, entry in
            let values = entry.values == [Self.pixelOffset] ? [UInt8].little(end, 4) : entry.bytes
            let padded = (values + [0, 0, 0, 0]).prefix(4)
            return .little(tag, 2) + .little(entry.type, 2)
                + [UInt8].little(declaredCounts[tag] ?? entry.values.count, 4) + padded
        }
        let head = Array("II".utf8) + .little(42, 2) + .little(8, 4) + .little(entries.count, 2)
        return head + directory + .little(next, 4) + pixels
    }
}
