/// The pixels of an image, whose rows are lent as buffers: all of them (`Canvas`), or some at a time that follow each
/// other (`RowRing`).
///
/// Any number of threads may read and write at once, as long as no one writes where another reads or writes.
public protocol PixelRows: AnyObject, Sendable {
    /// Of the whole image, in pixels.
    var size: PixelSize { get }
    var format: PixelFormat { get }

    /// How many rows there are at a time: all of the image's, or fewer.
    var capacity: Int { get }

    /// Lends a part as a buffer to read from, without a copy.
    /// - Precondition: `region` is inside the image and has at most `capacity` rows.
    func withPixels<R: ~Copyable, E: Error>(
        in region: TileRegion, _ body: (borrowing PixelBuffer) throws(E) -> R
    ) throws(E) -> R

    /// Lends a part as a buffer to write to.
    /// - Precondition: `region` is inside the image and has at most `capacity` rows.
    func withMutablePixels<R, E: Error>(
        in region: TileRegion, _ body: (inout PixelBuffer) throws(E) -> R
    ) throws(E) -> R
}

extension PixelRows {
    /// Copies a part of the image out.
    /// - Precondition: as for `withPixels(in:)`.
    public func cut(_ region: TileRegion) -> PixelBuffer {
        withPixels(in: region) { $0.copy(TileRegion(whole: region.size)) }
    }

    /// Puts a part of the image in.
    /// - Precondition: `pixels` is of this image's format and `region`'s size, and `region` as for `withMutablePixels`.
    public func paste(_ pixels: borrowing PixelBuffer, at region: TileRegion) {
        let whole = TileRegion(whole: region.size)
        withMutablePixels(in: region) { part in part.paste(pixels, from: whole, at: whole) }
    }

    /// Lends these rows as a buffer to read from.
    public func withPixels<R: ~Copyable, E: Error>(
        rows: Range<Int>, _ body: (borrowing PixelBuffer) throws(E) -> R
    ) throws(E) -> R {
        try withPixels(in: region(of: rows), body)
    }

    /// Lends these rows as a buffer to write to.
    public func withMutablePixels<R, E: Error>(
        rows: Range<Int>, _ body: (inout PixelBuffer) throws(E) -> R
    ) throws(E) -> R {
        try withMutablePixels(in: region(of: rows), body)
    }

    private func region(of rows: Range<Int>) -> TileRegion {
        TileRegion(x: 0, y: rows.lowerBound, width: size.width, height: rows.count)
    }

    /// Ranges of so many rows from the top down, of those in `rows`.
    package func strips(of count: Int, in rows: Range<Int>) -> some Sequence<Range<Int>> {
        stride(from: rows.lowerBound, to: rows.upperBound, by: count).lazy.map { top in
            top..<min(top + count, rows.upperBound)
        }
    }
}
