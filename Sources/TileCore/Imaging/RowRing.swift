/// Some rows of an image that follow each other, in memory for so many: row y lies in slot y mod n of n.
///
/// Each window of at most `capacity` rows is one piece of memory (`RingMapping`), so that it is lent without a copy, as a
/// canvas's rows are. Which rows are in the ring is the users' agreement: whoever writes a row has to know that nobody
/// reads the row any more that lay there, `capacity` rows further up.
public final class RowRing: PixelRows {
    public let size: PixelSize
    public let format: PixelFormat
    public let capacity: Int
    private let layout: Layout
    private let mapping: RingMapping

    /// Where rows lie.
    private struct Layout {
        /// Bytes from one row to the next.
        let stride: Int
        /// Rows that there is memory for.
        let slots: Int

        /// Both are rounded up a little, because a file is mapped by whole pages.
        init(width: Int, format: PixelFormat, capacity: Int) {
            stride = Self.roundedUp(width * format.bytesPerPixel, to: RingMapping.pageBytes / 64)
            slots = Self.roundedUp(capacity, to: 64)
        }

        private static func roundedUp(_ number: Int, to step: Int) -> Int { (number + step - 1) / step * step }
    }

    /// Makes a ring, all zeros; throws if there is no space for it.
    /// - Parameters:
    ///   - size: of the whole image.
    ///   - capacity: how many rows there are to be at a time, at most the image's height.
    ///   - file: an empty one for reading and writing, of which nobody else knows: `OwnedDescriptor.inMemory`, or on a
    ///     disk.
    public init(
        size: PixelSize, format: PixelFormat, capacity: Int, over file: OwnedDescriptor
    ) throws(ImagingError) {
        precondition((1...size.height).contains(capacity), "a ring of \(capacity) rows of \(size)")
        self.size = size
        self.format = format
        self.capacity = capacity
        layout = Layout(width: size.width, format: format, capacity: capacity)
        mapping = try RingMapping(file, count: layout.stride * layout.slots)
    }

    /// Bytes that a ring takes.
    public static func byteCount(width: Int, format: PixelFormat, capacity: Int) -> Int {
        let layout = Layout(width: width, format: format, capacity: capacity)
        return layout.stride * layout.slots
    }

    public func withPixels<R: ~Copyable, E: Error>(
        in region: TileRegion, _ body: (borrowing PixelBuffer) throws(E) -> R
    ) throws(E) -> R {
        try body(view(of: region))
    }

    public func withMutablePixels<R, E: Error>(
        in region: TileRegion, _ body: (inout PixelBuffer) throws(E) -> R
    ) throws(E) -> R {
        var view = view(of: region)
        return try body(&view)
    }

    private func view(of region: TileRegion) -> PixelBuffer {
        precondition(TileRegion(whole: size).contains(region), "\(region) is not inside \(size)")
        precondition(region.height <= capacity, "\(region) has more rows than the ring's \(capacity)")
        let start = region.y % layout.slots * layout.stride + region.x * format.bytesPerPixel
        return unsafe PixelBuffer(
            viewing: mapping.base + start, stride: layout.stride, size: region.size, format: format)
    }
}
