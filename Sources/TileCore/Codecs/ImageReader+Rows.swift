internal import CImageCodecs
public import TileCore

extension ImageReader {
    /// Reads some rows of a file that this program has written, at about the cost of these rows alone.
    ///
    /// They are what the whole image has there, in every byte. The reader's image is these rows: `header.size.height`
    /// is their number. A PNG or JPEG file needs the index of its `ImageWriter`; TIFF and BMP files need none, whoever
    /// made them. Metadata of PNG and JPEG is not read.
    /// - Parameters:
    ///   - rows: which rows of the upright image.
    ///   - index: what the writer said of the file.
    ///   - page: which of a TIFF file's images, from 0; `nil` for the first.
    ///   - threads: that decode side by side: large JPEG files alone; 1 for none beside the caller's.
    /// - Throws: `damaged` if the file has no such rows, or if the index is not the file's; `unsupported` if rows of
    ///   this file cannot be read without the others: of PNG and JPEG without an index, of WebP, of images that are not
    ///   upright, of BMP with run lengths, and of TIFF with old-style JPEG or compressed strips of more than 64 MiB.
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

    /// Some rows of the upright image in a file, with all that `init(_:rows:index:page:threads:)` says.
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
