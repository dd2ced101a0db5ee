import TileCore

/// Rows of a large image that are decoded together, for all regions that lie in them.
enum RowBand {
    /// As high as the squares that the pages ask for, so that each row of them is decoded once.
    private static let usualRows = 512
    /// Bytes of the pixels of such rows.
    private static let maximumBytes = 64 << 20

    /// The rows to decode for a region.
    static func rows(around region: TileRegion, of size: PixelSize, _ format: PixelFormat) -> Range<Int> {
        var step = usualRows
        // Of very wide images fewer rows, so that a region of a few is there as fast.
        while step > 16, step * size.width * format.bytesPerPixel > maximumBytes { step /= 2 }
        let end = (region.rows.upperBound + step - 1) / step * step
        return region.y / step * step..<min(end, size.height)
    }
}
