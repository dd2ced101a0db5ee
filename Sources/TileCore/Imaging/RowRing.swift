/// Some consecutive rows of an image, in memory for n rows: row y lies in slot y mod n.
///
/// Each window of at most `capacity` rows is contiguous in memory (`RingMapping`), so it is lent without a copy, as
/// rows of a canvas are. The users have to know which rows are in the ring. A thread that writes a row has to be sure
/// that the row in its slot, `capacity` rows further up, is not read any more.
public final class RowRing: PixelRows {
    public let size: PixelSize
    public let format: PixelFormat
    public let capacity: Int
    private let layout: Layout
    private let mapping: RingMapping

    /// The layout of the memory.
    private struct Layout {
        /// Bytes from one row to the next.
        let stride: Int
        /// How many rows fit into the memory.
        let slots: Int

        /// Both are rounded up a little, because a file is mapped by whole pages.
        init(width: Int, format: PixelFormat, capacity: Int) {
            stride = Self.roundedUp(width * format.bytesPerPixel, to: RingMapping.pageBytes / 64)
            slots = Self.roundedUp(capacity, to: 64)
        }

        private static func roundedUp(_ number: Int, to step: Int) -> Int { (number + step - 1) / step * step }
    }

    /// Makes a ring, all zeros. Throws if there is no space for it.
    /// - Parameters:
    ///   - size: the size of the whole image.
    ///   - capacity: how many rows exist at a time; at most the image's height.
    ///   - file: an empty one for reading and writing that has no other user: `OwnedDescriptor.inMemory`, or one on a
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

    /// The memory that a ring takes, in bytes.
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
