internal import CImageCodecs

/// Where the bands of rows of a written file begin, so that some can be read without the others.
public struct RowIndex: Sendable, Hashable, Codable {
    /// Rows of each band except the last.
    public let bandRows: Int
    /// Where each band begins in the file, in bytes. The last element is where the last band ends.
    public let offsets: [Int]

    public init(bandRows: Int, offsets: [Int]) {
        self.bandRows = bandRows
        self.offsets = offsets
    }

    /// `nil` if the codec has none.
    init?(_ index: twc_row_index) {
        guard unsafe index.count > 0, let offsets = unsafe index.offsets else { return nil }
        bandRows = unsafe Int(index.band_rows)
        self.offsets = unsafe UnsafeBufferPointer(start: offsets, count: index.count).map { Int($0) }
    }

    /// The offsets as the codec takes them.
    /// - Throws: `damaged` if no file can have such bands.
    func checkedOffsets() throws(ImageFileError) -> [UInt64] {
        let places = offsets.compactMap { UInt64(exactly: $0) }
        guard UInt32(exactly: bandRows) != nil, places.count == offsets.count else {
            throw ImageFileError(.damaged, "the index of rows fits no file: it has a number that is no offset")
        }
        return places
    }
}
