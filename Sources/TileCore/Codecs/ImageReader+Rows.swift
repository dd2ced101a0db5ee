internal import CImageCodecs
public import TileCore

extension ImageReader {
    /// Reads some rows of a file that this program has written. The cost is about that of these rows alone.
    ///
    /// The rows equal those of the whole image in every byte. The reader's image has only these rows, so
    /// `header.size.height` is their number. A PNG or JPEG file needs the index of its `ImageWriter`; TIFF and BMP
    /// files need none, whatever program wrote them. The metadata of PNG and JPEG is not read.
    /// - Parameters:
    ///   - rows: which rows of the upright image.
    ///   - index: the index that the writer gave.
    ///   - page: which image of a TIFF file, from 0; `nil` for the first.
    ///   - threads: how many decode side by side; only large JPEG files use more than one. 1 is the caller's thread
    ///     alone.
    /// - Throws: `damaged` if the file has no such rows, or if the index does not belong to the file; `unsupported` if
    ///   rows of this file cannot be read alone: PNG and JPEG without an index, WebP, images that are not upright, BMP
    ///   with run lengths, TIFF with old-style JPEG or with compressed strips of more than 64 MiB.
    /// - Precondition: `rows` is not empty and does not begin below 0.
    public convenience init(
        _ source: OwnedDescriptor, rows: Range<Int>, index: RowIndex?, page: Int? = nil, threads: Int = 1
    ) throws(ImageFileError) {
        precondition(!rows.isEmpty && rows.lowerBound >= 0, "no rows")
        guard let end = UInt32(exactly: rows.upperBound) else {
            throw ImageFileError(.damaged, "rows up to \(rows.upperBound) are not in the file")
        }
        let first = UInt32(rows.lowerBound)
        guard let index else {
            try unsafe self.init(source, page: page, scratch: nil, threads: threads) { options, handle in
                unsafe twc_reader_open_rows(source.number, &options, first, end - first, nil, &handle)
            }
            return
        }
        let offsets = try index.checkedOffsets()
        try unsafe self.init(source, page: page, scratch: nil, threads: threads) { options, handle in
            unsafe offsets.withUnsafeBufferPointer { offsets in
                var places = unsafe twc_row_index(
                    band_rows: UInt32(index.bandRows), count: offsets.count, offsets: offsets.baseAddress)
                return unsafe twc_reader_open_rows(source.number, &options, first, end - first, &places, &handle)
            }
        }
    }

    /// Some rows of the upright image in a file, as `init(_:rows:index:page:threads:)` reads them.
    public static func rows(
        _ rows: Range<Int>, of source: OwnedDescriptor, index: RowIndex?, page: Int? = nil, threads: Int = 1
    ) throws(ImageFileError) -> PixelBuffer {
        let reader = try ImageReader(source, rows: rows, index: index, page: page, threads: threads)
        var pixels = PixelBuffer(size: reader.header.size, format: reader.header.pixelFormat)
        try reader.read(into: &pixels)
        try reader.finish()
        return pixels
    }
}
