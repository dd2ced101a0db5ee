import TileCore

/// Rows of a large image that are decoded together, for all regions in them.
enum RowBand {
    /// The dashboard shows large images in squares of this height, and requests each as a region. A band of this height is
    /// decoded once for a row of squares.
    private static let usualRows = 512
    /// The largest size of a band's pixels, in bytes.
    private static let maximumBytes = 64 << 20

    /// The rows to decode for a region.
    static func rows(around region: TileRegion, of size: PixelSize, _ format: PixelFormat) -> Range<Int> {
        var step = usualRows
        // A band of a very wide image has fewer rows, so that it is decoded in about the same time.
        while step > 16, step * size.width * format.bytesPerPixel > maximumBytes { step /= 2 }
        let end = (region.rows.upperBound + step - 1) / step * step
        return region.y / step * step..<min(end, size.height)
    }
}
