/// The pixels of an image. Closures get rows of it as buffers: from all rows (`Canvas`), or from some consecutive rows
/// at a time (`RowRing`).
///
/// Any number of threads may read and write at once, except that a region must not be written while it is read or
/// written elsewhere.
public protocol PixelRows: AnyObject, Sendable {
    /// The size of the whole image in pixels.
    var size: PixelSize { get }
    var format: PixelFormat { get }

    /// How many rows exist at a time: all of the image's, or fewer.
    var capacity: Int { get }

    /// Gives a part to `body` as a buffer to read, without a copy.
    /// - Precondition: `region` is inside the image and has at most `capacity` rows.
    func withPixels<R: ~Copyable, E: Error>(
        in region: TileRegion, _ body: (borrowing PixelBuffer) throws(E) -> R
    ) throws(E) -> R

    /// Gives a part to `body` as a buffer to write.
    /// - Precondition: `region` is inside the image and has at most `capacity` rows.
    func withMutablePixels<R, E: Error>(
        in region: TileRegion, _ body: (inout PixelBuffer) throws(E) -> R
    ) throws(E) -> R
}

extension PixelRows {
    /// Copies a part out of the image.
    /// - Precondition: as for `withPixels(in:)`.
    public func cut(_ region: TileRegion) -> PixelBuffer {
        withPixels(in: region) { $0.copy(TileRegion(whole: region.size)) }
    }

    /// Copies pixels into a part of the image.
    /// - Precondition: `pixels` has this image's format and the size of `region`, and `region` is as for
    ///   `withMutablePixels`.
    public func paste(_ pixels: borrowing PixelBuffer, at region: TileRegion) {
        let whole = TileRegion(whole: region.size)
        withMutablePixels(in: region) { part in part.paste(pixels, from: whole, at: whole) }
    }

    /// Gives these rows to `body` as a buffer to read.
    public func withPixels<R: ~Copyable, E: Error>(
        rows: Range<Int>, _ body: (borrowing PixelBuffer) throws(E) -> R
    ) throws(E) -> R {
        try withPixels(in: region(of: rows), body)
    }

    /// Gives these rows to `body` as a buffer to write.
    public func withMutablePixels<R, E: Error>(
        rows: Range<Int>, _ body: (inout PixelBuffer) throws(E) -> R
    ) throws(E) -> R {
        try withMutablePixels(in: region(of: rows), body)
    }

    private func region(of rows: Range<Int>) -> TileRegion {
        TileRegion(x: 0, y: rows.lowerBound, width: size.width, height: rows.count)
    }

    /// Divides `rows` from the top down into ranges of `count` rows.
    package func strips(of count: Int, in rows: Range<Int>) -> some Sequence<Range<Int>> {
        stride(from: rows.lowerBound, to: rows.upperBound, by: count).lazy.map { top in
            top..<min(top + count, rows.upperBound)
        }
    }
}
