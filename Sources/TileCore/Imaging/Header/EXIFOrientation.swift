/// Reads the orientation from the TIFF structure of an EXIF block (CIPA DC-008, 4.6.2 and 4.6.4) as far as OpenCV 4.6
/// finds it, since the decoded image is turned by OpenCV and not by the tag.
///
/// OpenCV goes through the first directory in order and gives up at the first entry whose value it cannot read. It
/// takes two bytes for the orientation, whatever type and count say.
struct EXIFOrientation {
    private let data: ArraySlice<UInt8>
    private let order: ByteOrder

    private static let orientationTag = 0x0112
    /// ImageDescription, Make, Model, Software, DateTime, Copyright.
    private static let texts: Set<Int> = [0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x8298]
    /// How many rationals stand at the offset: XResolution, YResolution, WhitePoint, PrimaryChromaticities,
    /// YCbCrCoefficients, ReferenceBlackWhite.
    private static let rationals = [0x011A: 1, 0x011B: 1, 0x013E: 2, 0x013F: 6, 0x0211: 3, 0x0214: 6]

    /// - Parameter data: the block behind `Exif\0\0`.
    /// - Returns: 1...8; 1 when there is no orientation to be found.
    static func read(_ data: ArraySlice<UInt8>) -> Int {
        // Whatever is not "II" counts as "MM".
        let order: ByteOrder = data.starts(with: Array("II".utf8)) ? .little : .big
        let found = EXIFOrientation(data: data, order: order).find() ?? 1
        return (1...8).contains(found) ? found : 1
    }

    private func find() -> Int? {
        guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
            let count = number(at: directory, bytes: 2)
        else { return nil }
        for index in 0..<count {
            let entry = directory + 2 + 12 * index
            guard let tag = number(at: entry, bytes: 2) else { return nil }
            if tag == Self.orientationTag { return number(at: entry + 8, bytes: 2) }
            guard canRead(tag, at: entry) else { return nil }
        }
        return nil
    }

    private func canRead(_ tag: Int, at entry: Int) -> Bool {
        if let count = Self.rationals[tag] {
            guard let offset = number(at: entry + 8, bytes: 4) else { return false }
            return offset + 8 * count <= data.count
        }
        if Self.texts.contains(tag) {
            guard let length = number(at: entry + 4, bytes: 4) else { return false }
            guard length > 4 else { return 8 + length <= data.count }
            guard let offset = number(at: entry + 8, bytes: 4) else { return false }
            return offset + length <= data.count
        }
        return true
    }

    /// `nil` when it is not all in the block.
    private func number(at offset: Int, bytes count: Int) -> Int? {
        guard offset + count <= data.count else { return nil }
        let start = data.startIndex + offset
        return Int(data[start..<(start + count)].integer(order))
    }
}
