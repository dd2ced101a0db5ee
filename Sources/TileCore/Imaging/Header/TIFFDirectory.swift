/// The structure of a TIFF file: its byte order and whether it is a BigTIFF (TIFF 6.0, section 2; BigTIFF
/// specification).
struct TIFFStructure {
    let order: ByteOrder
    let isBig: Bool
    let firstDirectory: Int

    init(_ file: inout FileBytes) throws(ImageHeaderError) {
        order = try file.byte(at: 0) == UInt8(ascii: "I") ? .little : .big
        isBig = try file.uint16(at: 2, order) == 43
        if isBig {
            guard try file.uint16(at: 4, order) == 8, try file.uint16(at: 6, order) == 0 else {
                throw .damaged("the BigTIFF header is damaged")
            }
        }
        firstDirectory = try Self.offset(at: isBig ? 8 : 4, isBig, order, in: &file)
        guard firstDirectory > 0 else { throw .damaged("the TIFF file has no image in it") }
    }

    func offset(at position: Int, in file: inout FileBytes) throws(ImageHeaderError) -> Int {
        try Self.offset(at: position, isBig, order, in: &file)
    }

    /// An offset or a count: four bytes in TIFF, eight in BigTIFF.
    private static func offset(
        at position: Int, _ isBig: Bool, _ order: ByteOrder, in file: inout FileBytes
    ) throws(ImageHeaderError) -> Int {
        let value = try file.integer(at: position, bytes: isBig ? 8 : 4, order)
        guard let offset = Int(exactly: value) else {
            throw .damaged("the TIFF file has an impossible number at byte \(position)")
        }
        return offset
    }
}

/// One image file directory: its entries by tag and where the next directory is. All values of the entries are in
/// the file.
struct TIFFDirectory {
    struct Entry {
        let type: Int
        let count: Int
        /// Where the values are, in the entry itself or elsewhere.
        let offset: Int
    }

    let structure: TIFFStructure
    /// The offset of the next directory; 0 ends the chain.
    let next: Int
    private var entries: [Int: Entry] = [:]

    /// Bytes of a value by type. Entries of other types are ignored, as the specification asks.
    private static let sizes = [
        1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
    ]
    /// BYTE, SHORT, LONG, IFD, LONG8, IFD8.
    private static let unsignedTypes: Set<Int> = [1, 3, 4, 13, 16, 18]

    init(at offset: Int, _ structure: TIFFStructure, in file: inout FileBytes) throws(ImageHeaderError) {
        self.structure = structure
        let (isBig, order) = (structure.isBig, structure.order)
        let countSize = isBig ? 8 : 2
        let entrySize = isBig ? 20 : 12
        let count = try file.integer(at: offset, bytes: countSize, order)
        guard count > 0, count <= UInt16.max else { throw .damaged("a TIFF directory has \(count) entries") }
        let entriesEnd = offset + countSize + Int(count) * entrySize
        try file.require(0, at: entriesEnd, for: "its directory")
        next = try structure.offset(at: entriesEnd, in: &file)

        for start in stride(from: offset + countSize, to: entriesEnd, by: entrySize) {
            let tag = try file.uint16(at: start, order)
            let type = try file.uint16(at: start + 2, order)
            guard let size = Self.sizes[type], entries[tag] == nil else { continue }
            let valueCount = try structure.offset(at: start + 4, in: &file)
            let (bytes, overflows) = valueCount.multipliedReportingOverflow(by: size)
            guard !overflows else { throw .damaged("the TIFF tag \(tag) has an impossible number of values") }
            let field = start + (isBig ? 12 : 8)
            let values = bytes <= (isBig ? 8 : 4) ? field : try structure.offset(at: field, in: &file)
            try file.require(bytes, at: values, for: "its tag \(tag)")
            entries[tag] = Entry(type: type, count: valueCount, offset: values)
        }
    }

    func count(of tag: TIFFTag) -> Int { entries[tag.rawValue]?.count ?? 0 }

    func has(_ tag: TIFFTag) -> Bool { entries[tag.rawValue] != nil }

    /// The tag's values within `range`. The caller bounds it; values beyond the count are left out.
    func values(
        _ tag: TIFFTag, _ range: Range<Int>, in file: inout FileBytes
    ) throws(ImageHeaderError) -> [Int] {
        guard let entry = entries[tag.rawValue] else { return [] }
        guard Self.unsignedTypes.contains(entry.type), let size = Self.sizes[entry.type] else {
            throw .damaged("the TIFF tag \(tag.rawValue) has values of type \(entry.type)")
        }
        let range = range.clamped(to: 0..<entry.count)
        let bytes = try file.bytes(
            at: entry.offset + range.lowerBound * size, count: range.count * size, of: "its tag \(tag.rawValue)")
        var values: [Int] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            guard let value = Int(exactly: bytes[start..<(start + size)].integer(structure.order)) else {
                throw .damaged("the TIFF tag \(tag.rawValue) has an impossible value")
            }
            values.append(value)
        }
        return values
    }

    /// The offset of the lowest byte of the tag's first value.
    func lowestByte(of tag: TIFFTag) -> Int? {
        guard let entry = entries[tag.rawValue], let size = Self.sizes[entry.type] else { return nil }
        return structure.order == .little ? entry.offset : entry.offset + size - 1
    }

    /// The tag's first value; `nil` when the directory does not have the tag.
    func value(_ tag: TIFFTag, in file: inout FileBytes) throws(ImageHeaderError) -> Int? {
        try values(tag, 0..<1, in: &file).first
    }
}

/// The tags that decide what is decoded (TIFF 6.0, section 8; technical notes 1 and 2).
enum TIFFTag: Int {
    case newSubfileType = 254
    case subfileType = 255
    case imageWidth = 256
    case imageLength = 257
    case bitsPerSample = 258
    case compression = 259
    case photometric = 262
    case stripOffsets = 273
    case orientation = 274
    case samplesPerPixel = 277
    case rowsPerStrip = 278
    case stripByteCounts = 279
    case planarConfiguration = 284
    case predictor = 317
    case colorMap = 320
    case tileWidth = 322
    case tileLength = 323
    case tileOffsets = 324
    case tileByteCounts = 325
    case subDirectories = 330
    case extraSamples = 338
    case sampleFormat = 339
    case exifDirectory = 34665
    case gpsDirectory = 34853
}
