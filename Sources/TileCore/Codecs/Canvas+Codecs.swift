internal import CImageCodecs
public import TileCore

extension Canvas {
    /// The largest strip, in bytes, that is turned or written.
    private static let stripBytes = 16 << 20

    /// Reads a whole image into the canvas, upright.
    /// - Parameters:
    ///   - isCancelled: called often. Once it is true, the remaining rows stay as they are.
    ///   - progress: called often with the number of rows that are complete from the top.
    /// - Precondition: the reader's image has this canvas's size and format, and no row was read yet.
    /// - Returns: whether all rows were read.
    @discardableResult
    public func fill(
        from reader: ImageReader, until isCancelled: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
    ) throws(ImagingError) -> Bool {
        precondition(reader.header.size == size && reader.header.pixelFormat == format, "an image of another kind")
        do throws(ImageFileError) {
            let isWhole =
                if reader.header.orientation == 1 {
                    try fillUpright(from: reader, until: isCancelled, progress)
                } else {
                    try fillTurned(from: reader, until: isCancelled, progress)
                }
            if isWhole { try reader.finish() }
            return isWhole
        } catch {
            if error.code == .stopped { return false }
            throw ImagingError(undecodable: error)
        }
    }

    private func fillUpright(
        from reader: ImageReader, until isCancelled: () -> Bool, _ progress: (Int) -> Void
    ) throws(ImageFileError) -> Bool {
        if reader.needsWholeBuffer {
            try withMutablePixels { pixels throws(ImageFileError) in
                try reader.readAll(into: &pixels) { rows in
                    progress(rows)
                    return !isCancelled()
                }
            }
            return true
        }
        let count = reader.header.bandRows
        // Large bands are decoded straight into the mapping, because a strip would be a second copy of them in memory.
        let isWritten = count * size.width * format.bytesPerPixel <= Self.stripBytes
        for rows in strips(of: count, in: 0..<size.height) {
            if isCancelled() { return false }
            if isWritten {
                try write(rows, from: reader)
            } else {
                try withMutablePixels(rows: rows) { strip throws(ImageFileError) in try reader.read(into: &strip) }
            }
            progress(rows.upperBound)
        }
        return true
    }

    private func write(_ rows: Range<Int>, from reader: ImageReader) throws(ImageFileError) {
        var strip = PixelBuffer(size: PixelSize(width: size.width, height: rows.count), format: format)
        try reader.read(into: &strip)
        do {
            try write(strip, from: rows.lowerBound)
        } catch {
            throw ImageFileError(inaccessible: error.reason, error.shortage)
        }
    }

    /// Turns the image: stored rows become other rows, or columns. No row counts as complete before all are stored.
    private func fillTurned(
        from reader: ImageReader, until isCancelled: () -> Bool, _ progress: (Int) -> Void
    ) throws(ImageFileError) -> Bool {
        let stored = reader.header.storedSize
        if reader.needsWholeBuffer {
            let whole: Canvas
            do {
                // The reader does not use its scratch file if its format is decoded as a whole, so the canvas takes it.
                whole = try .temporary(size: stored, format: format, over: reader.scratch)
            } catch {
                throw ImageFileError(inaccessible: error.reason, error.shortage)
            }
            try whole.withMutablePixels { pixels throws(ImageFileError) in
                try reader.readAll(into: &pixels) { _ in
                    progress(0)
                    return !isCancelled()
                }
            }
            whole.withPixels { pixels in place(pixels, first: 0, of: reader.header) }
            return true
        }
        let rowBytes = stored.width * format.bytesPerPixel
        let count = min(stored.height, max(reader.header.bandRows, Self.stripBytes / rowBytes))
        for top in stride(from: 0, to: stored.height, by: count) {
            if isCancelled() { return false }
            let size = PixelSize(width: stored.width, height: min(count, stored.height - top))
            var strip = PixelBuffer(size: size, format: format)
            try reader.read(into: &strip)
            place(strip, first: top, of: reader.header)
            progress(0)
        }
        return true
    }

    private func place(_ strip: borrowing PixelBuffer, first: Int, of header: ImageHeader) {
        withMutablePixels { canvas in
            unsafe twc_orient_rows(
                strip.base, strip.stride, UInt32(first), UInt32(strip.size.height),
                UInt32(header.storedSize.width), UInt32(header.storedSize.height), format.bytesPerPixel,
                UInt32(header.orientation), canvas.base, canvas.stride)
        }
    }

    /// Writes the whole image, and finishes the file.
    /// - Parameters:
    ///   - background: the color behind transparent pixels, if the writer takes no alpha.
    ///   - isCancelled: called often. Once it is true, the file stays as it is.
    ///   - progress: called often with the number of written rows.
    /// - Precondition: the writer is for an image of this size and format, or of this format without alpha and 8 bits.
    /// - Returns: whether all rows were written.
    @discardableResult
    public func drain(
        into writer: ImageWriter, background: BackgroundColor = BackgroundColor(red: 0, green: 0, blue: 0),
        until isCancelled: () -> Bool = { false }, progress: (Int) -> Void = { _ in }
    ) throws(ImagingError) -> Bool {
        guard
            try drain(0..<size.height, into: writer, background: background, until: isCancelled, progress: progress)
        else { return false }
        do throws(ImageFileError) { try writer.finish() } catch { throw ImagingError(unencodable: error) }
        return true
    }
}
