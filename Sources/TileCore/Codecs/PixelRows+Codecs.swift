public import TileCore

extension PixelRows {
    /// Rows that are written at once. For a tiled file, the rows of a tile at least.
    private static func rowsAtOnce(_ writer: ImageWriter) -> Int { max(64, writer.tileSide) }

    /// Reads these rows, the next ones in the file.
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

    /// Writes these rows, the next ones in the file.
    /// - Parameters:
    ///   - background: the color behind transparent pixels, if the writer takes no alpha.
    ///   - isCancelled: called often. Once it is true, writing stops, and the file is incomplete.
    ///   - progress: called often with the number of written rows.
    /// - Precondition: the writer has this image's size and format. For BGRA of 8 bits it may have BGR of 8 bits.
    /// - Returns: whether all rows were written.
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
