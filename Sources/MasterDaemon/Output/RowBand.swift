import TileCore

/// Rows of a large image that are decoded together, for all regions in them.
enum RowBand {
    /// The height of the squares that the pages request, so that each row is decoded once.
    private static let usualRows = 512
    /// The largest size of their pixels in bytes.
    private static let maximumBytes = 64 << 20

    /// The rows to decode for a region.
    static func rows(around region: TileRegion, of size: PixelSize, _ format: PixelFormat) -> Range<Int> {
        var step = usualRows
        // Very wide images have lower bands, so that a low region is ready as fast.
        while step > 16, step * size.width * format.bytesPerPixel > maximumBytes { step /= 2 }
        let end = (region.rows.upperBound + step - 1) / step * step
        return region.y / step * step..<min(end, size.height)
    }
}
