internal import Glibc

/// An image, or a part of one, in memory: rows of interleaved samples.
///
/// A buffer either owns its memory or is a view of another owner's memory. A view exists only inside the closure to
/// which it is lent, as a borrowed or `inout` value that cannot be kept. So the memory under a view always outlives it.
@safe
public struct PixelBuffer: ~Copyable {
    public let size: PixelSize
    public let format: PixelFormat
    /// Bytes from one row to the next. An owned buffer has no gaps between its rows.
    package let stride: Int
    /// The first sample of the first row. The memory belongs to the buffer or, for a view, to another owner.
    package let base: UnsafeMutableRawPointer
    private let isView: Bool

    /// Allocates a buffer without clearing it.
    public init(size: PixelSize, format: PixelFormat) {
        self.init(
            adopting: OwnedBytes(count: Self.byteCount(size: size, format: format)), size: size, format: format)
    }

    /// Takes over pixels without gaps between rows.
    /// - Precondition: `bytes` has exactly the size of such an image.
    public init(adopting bytes: consuming OwnedBytes, size: PixelSize, format: PixelFormat) {
        precondition(bytes.count == Self.byteCount(size: size, format: format), "the bytes do not fit the image")
        self.size = size
        self.format = format
        stride = size.width * format.bytesPerPixel
        unsafe base = bytes.release()
        isView = false
    }

    /// Makes a view. Only functions of this folder call it. They keep the memory alive while a closure uses the view.
    init(viewing base: UnsafeMutableRawPointer, stride: Int, size: PixelSize, format: PixelFormat) {
        self.size = size
        self.format = format
        self.stride = stride
        unsafe self.base = base
        isView = true
    }

    /// The size of such an image without gaps, in bytes.
    public static func byteCount(size: PixelSize, format: PixelFormat) -> Int { size.area * format.bytesPerPixel }

    public var byteCount: Int { Self.byteCount(size: size, format: format) }

    /// Gives pixels without gaps in `bytes` to `body` as a buffer, without a copy.
    /// - Precondition: `bytes` has exactly the size of such an image.
    public static func withView<R: ~Copyable, E: Error>(
        of bytes: RawSpan, size: PixelSize, format: PixelFormat, _ body: (borrowing PixelBuffer) throws(E) -> R
    ) throws(E) -> R {
        precondition(bytes.byteCount == byteCount(size: size, format: format), "the bytes do not fit the image")
        return try unsafe bytes.withUnsafeBytes { memory throws(E) -> R in
            // The memory is only read through a borrow, although the pointer's type allows writing.
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

    /// A part of this buffer; the buffer itself if the part is all of it.
    consuming func cropped(to region: TileRegion) -> PixelBuffer {
        region == TileRegion(whole: size) ? self : copy(region)
    }

    /// Copies `source`'s pixels in `part` over this buffer's pixels in `target`.
    /// - Precondition: both regions have the same size and are inside their images, and the formats are equal.
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

    /// Gives away the memory of the pixels, for a producer or a file.
    /// - Precondition: the buffer owns its memory.
    public consuming func takeBytes() -> OwnedBytes {
        precondition(!isView, "a view cannot give away what it does not own")
        let bytes = unsafe OwnedBytes(adopting: base, count: byteCount)
        discard self
        return bytes
    }

    /// Calls `body` with the bytes of every row, from the top.
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

    /// The address of a pixel.
    /// - Precondition: the pixel is inside the image; this is not checked.
    package func pointer(x: Int, y: Int) -> UnsafeMutableRawPointer {
        unsafe base + (y * stride + x * format.bytesPerPixel)
    }

    deinit {
        if !isView { _ = unsafe OwnedBytes(adopting: base, count: byteCount) }
    }
}

// A buffer has one owner or is a scoped view, so two threads never write at once.
extension PixelBuffer: @unchecked Sendable {}
