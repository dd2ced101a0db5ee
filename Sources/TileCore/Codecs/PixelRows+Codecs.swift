public import TileCore

extension PixelRows {
    /// Rows that are written at once; of tiles, the rows of one.
    private static func rowsAtOnce(_ writer: ImageWriter) -> Int { max(64, writer.tileSide) }

    /// Reads these rows, which come next in the file.
    /// - Precondition: the reader's image is read by rows (`ImageHeader.isReadByRows`), and has this image's size and
    ///   format.
    public func fill(_ rows: Range<Int>, from reader: ImageReader) throws(ImagingError) {
        precondition(reader.header.size == size && reader.header.isReadByRows, "an image of another kind")
        do throws(ImageFileError) {
            try withMutablePixels(rows: rows) { strip throws(ImageFileError) in try reader.read(into: &strip) }
        } catch {
            throw ImagingError(undecodable: error)
        }
    }

    /// Writes these rows out, which come next in the file.
    /// - Parameters:
    ///   - background: the color behind transparent pixels, if the writer takes no alpha.
    ///   - isCancelled: asked often; once it is true, the file stays as it is.
    ///   - progress: told often how many rows are written.
    /// - Precondition: the writer is for an image of this size and format, or of this format without alpha and 8 bits.
    /// - Returns: whether all was written.
    public func drain(
        _ rows: Range<Int>, into writer: ImageWriter, background: BackgroundColor, until isCancelled: () -> Bool,
        progress: (Int) -> Void
    ) throws(ImagingError) -> Bool {
        precondition(writer.size == size, "an image of another size")
        do throws(ImageFileError) {
            for rows in strips(of: Self.rowsAtOnce(writer), in: rows) {
                if isCancelled() { return false }
                try withPixels(rows: rows) { strip throws(ImageFileError) in
                    if format.hasAlpha, !writer.format.hasAlpha {
                        try writer.write(strip.flattened(over: background))
                    } else {
                        try writer.write(strip)
                    }
                }
                progress(rows.upperBound)
            }
            return true
        } catch {
            throw ImagingError(unencodable: error)
        }
    }
}
