internal import Glibc

/// An image, or a part of one, in memory: rows of interleaved samples.
///
/// A buffer either owns its memory or is a view of someone else's. Views exist only inside the closures that lend
/// them, as a borrowed or `inout` value that cannot be kept, so the memory under a view always outlives it.
@safe
public struct PixelBuffer: ~Copyable {
    public let size: PixelSize
    public let format: PixelFormat
    /// Bytes from one row to the next. An owned buffer has no gaps between its rows.
    package let stride: Int
    /// The first sample of the first row. The memory is the buffer's, or of whoever lends the view.
    package let base: UnsafeMutableRawPointer
    private let isView: Bool

    /// Allocates a buffer, not cleared.
    public init(size: PixelSize, format: PixelFormat) {
        self.init(
            adopting: OwnedBytes(count: Self.byteCount(size: size, format: format)), size: size, format: format)
    }

    /// Takes over pixels without gaps between rows.
    /// - Precondition: `bytes` has exactly the bytes of such an image.
    public init(adopting bytes: consuming OwnedBytes, size: PixelSize, format: PixelFormat) {
        precondition(bytes.count == Self.byteCount(size: size, format: format), "the bytes do not fit the image")
        self.size = size
        self.format = format
        stride = size.width * format.bytesPerPixel
        unsafe base = bytes.release()
        isView = false
    }

    /// A view; only for the closures of this folder that keep the memory alive meanwhile.
    init(viewing base: UnsafeMutableRawPointer, stride: Int, size: PixelSize, format: PixelFormat) {
        self.size = size
        self.format = format
        self.stride = stride
        unsafe self.base = base
        isView = true
    }

    /// Bytes of such an image without gaps.
    public static func byteCount(size: PixelSize, format: PixelFormat) -> Int { size.area * format.bytesPerPixel }

    public var byteCount: Int { Self.byteCount(size: size, format: format) }

    /// Lends pixels that lie in `bytes` without gaps as a buffer, without a copy.
    /// - Precondition: `bytes` has exactly the bytes of such an image.
    public static func withView<R: ~Copyable, E: Error>(
        of bytes: RawSpan, size: PixelSize, format: PixelFormat, _ body: (borrowing PixelBuffer) throws(E) -> R
    ) throws(E) -> R {
        precondition(bytes.byteCount == byteCount(size: size, format: format), "the bytes do not fit the image")
        return try unsafe bytes.withUnsafeBytes { memory throws(E) -> R in
            // Only read through a borrow, although the type of the pointer allows more.
            guard let start = unsafe UnsafeMutableRawPointer(mutating: memory.baseAddress) else {
                preconditionFailure("an image has at least one byte")
            }
            let view = unsafe PixelBuffer(
                viewing: start, stride: size.width * format.bytesPerPixel, size: size, format: format)
            return try body(view)
        }
    }

    /// Copies a part into a buffer of its own.
    /// - Precondition: `region` is inside the image.
    public func copy(_ region: TileRegion) -> PixelBuffer {
        precondition(TileRegion(whole: size).contains(region), "\(region) is not inside \(size)")
        var part = PixelBuffer(size: region.size, format: format)
        part.paste(self, from: region, at: TileRegion(whole: region.size))
        return part
    }

    /// This buffer's part; the buffer itself if that is all of it.
    consuming func cropped(to region: TileRegion) -> PixelBuffer {
        region == TileRegion(whole: size) ? self : copy(region)
    }

    /// Copies `source`'s pixels in `part` over this buffer's pixels in `target`.
    /// - Precondition: both regions are of one size and inside their images, and the formats are equal.
    public mutating func paste(_ source: borrowing PixelBuffer, from part: TileRegion, at target: TileRegion) {
        precondition(format == source.format && part.size == target.size, "pixels of another kind")
        precondition(TileRegion(whole: source.size).contains(part), "\(part) is not inside \(source.size)")
        precondition(TileRegion(whole: size).contains(target), "\(target) is not inside \(size)")
        let bytes = part.width * format.bytesPerPixel
        for row in 0..<part.height {
            unsafe pointer(x: target.x, y: target.y + row)
                .copyMemory(from: source.pointer(x: part.x, y: part.y + row), byteCount: bytes)
        }
    }

    /// The pixels' memory, for a producer or a file.
    /// - Precondition: the buffer owns its memory.
    public consuming func takeBytes() -> OwnedBytes {
        precondition(!isView, "a view cannot give away what it does not own")
        let bytes = unsafe OwnedBytes(adopting: base, count: byteCount)
        discard self
        return bytes
    }

    /// Calls `body` for every row from the top with the row's bytes.
    public func forEachRow<E: Error>(_ body: (RawSpan) throws(E) -> Void) throws(E) {
        let bytes = size.width * format.bytesPerPixel
        for row in 0..<size.height {
            try body(unsafe RawSpan(_unsafeStart: pointer(x: 0, y: row), byteCount: bytes))
        }
    }

    /// Whether size, format and every sample are equal.
    public func hasSamePixels(as other: borrowing PixelBuffer) -> Bool {
        guard size == other.size, format == other.format else { return false }
        let bytes = size.width * format.bytesPerPixel
        for row in 0..<size.height {
            guard unsafe memcmp(pointer(x: 0, y: row), other.pointer(x: 0, y: row), bytes) == 0 else { return false }
        }
        return true
    }

    /// Where a pixel begins.
    /// - Precondition: the pixel is inside the image; this is not checked.
    package func pointer(x: Int, y: Int) -> UnsafeMutableRawPointer {
        unsafe base + (y * stride + x * format.bytesPerPixel)
    }

    deinit {
        if !isView { _ = unsafe OwnedBytes(adopting: base, count: byteCount) }
    }
}

// One owner or a scoped view: never two that write at once.
extension PixelBuffer: @unchecked Sendable {}
