internal import Glibc

/// The pixels of a whole image in a file of raw rows. Parts of it are cut out and pasted in.
///
/// The file is mapped. Touched pages are soon given back to the kernel, so an image takes little of this process's
/// memory, however large it is. Pasted pixels survive any end of the process, but not the end of the machine; see
/// `docs/architecture.md`.
///
/// Any number of threads may cut and paste at once, except that a region must not be pasted while it is cut or pasted
/// elsewhere. In the master, tiles never overlap, and a pass reads one canvas and writes another.
public final class Canvas: PixelRows {
    public let path: String
    public let size: PixelSize
    public let format: PixelFormat
    private let mapping: FileMapping

    private init(path: String, size: PixelSize, format: PixelFormat, mapping: FileMapping) {
        self.path = path
        self.size = size
        self.format = format
        self.mapping = mapping
    }

    private convenience init(path: String, size: PixelSize, format: PixelFormat, _ beginning: FileMapping.Beginning)
        throws(ImagingError)
    {
        let bytes = PixelBuffer.byteCount(size: size, format: format)
        let mapping = try FileMapping.writing(path: path, count: bytes, beginning)
        self.init(path: path, size: size, format: format, mapping: mapping)
    }

    /// Makes the file, all zeros. Throws if the disk has no space for it.
    public static func create(path: String, size: PixelSize, format: PixelFormat) throws(ImagingError) -> Canvas {
        try Canvas(path: path, size: size, format: format, .new)
    }

    /// Makes a canvas from a file that is no longer needed and whose pages are in memory already.
    /// - Parameter start: the byte from which zeros are written. Those before it keep their values.
    public static func create(
        path: String, size: PixelSize, format: PixelFormat, from spare: String, clearing start: Int
    ) throws(ImagingError) -> Canvas {
        let bytes = PixelBuffer.byteCount(size: size, format: format)
        let mapping = try FileMapping.writing(path: spare, count: bytes, .cleared(from: min(start, bytes)))
        try rename(spare, to: path)
        return Canvas(path: path, size: size, format: format, mapping: mapping)
    }

    /// Makes a canvas, all zeros, whose file has no name. No other process can open it, and it disappears with its last
    /// user or with the process. Throws if the disk has no space for it. Its `path` is empty, and it cannot be moved.
    /// - Parameter folder: on the disk for the file.
    public static func unnamed(in folder: String, size: PixelSize, format: PixelFormat) throws(ImagingError) -> Canvas {
        let bytes = PixelBuffer.byteCount(size: size, format: format)
        return try Canvas(
            path: "", size: size, format: format, mapping: FileMapping.unnamed(in: folder, count: bytes))
    }

    /// Makes a canvas, all zeros, for this process alone and for a short time: in memory if it takes at most an eighth
    /// of the machine's memory, else in a file without a name. Its `path` is empty, and it cannot be moved.
    /// - Parameter folder: on the disk for a large canvas.
    public static func temporary(size: PixelSize, format: PixelFormat, in folder: String) throws(ImagingError) -> Canvas
    {
        let bytes = PixelBuffer.byteCount(size: size, format: format)
        guard bytes <= FileMapping.memoryBytes / 8 else { return try unnamed(in: folder, size: size, format: format) }
        return try Canvas(path: "", size: size, format: format, mapping: FileMapping.memory(count: bytes))
    }

    /// Opens the file of an earlier `create`. Throws if it is missing or has another size.
    public static func open(path: String, size: PixelSize, format: PixelFormat) throws(ImagingError) -> Canvas {
        try Canvas(path: path, size: size, format: format, .kept)
    }

    /// Maps a file that another process has lent, and that has the bytes of such an image. Its `path` is empty, and it
    /// cannot be moved.
    public static func open(
        _ file: OwnedDescriptor, size: PixelSize, format: PixelFormat
    ) throws(ImagingError) -> Canvas {
        let bytes = PixelBuffer.byteCount(size: size, format: format)
        return try Canvas(
            path: "", size: size, format: format,
            mapping: .writing(file, path: "a canvas", count: bytes, .kept))
    }

    /// Makes a canvas, all zeros, for a short time: in an empty file, or in memory if `file` is `nil`. Its `path` is
    /// empty, and it cannot be moved.
    package static func temporary(
        size: PixelSize, format: PixelFormat, over file: OwnedDescriptor?
    ) throws(ImagingError) -> Canvas {
        let bytes = PixelBuffer.byteCount(size: size, format: format)
        let mapping =
            if let file {
                try FileMapping.writing(file, path: "a scratch file", count: bytes, .new)
            } else {
                try FileMapping.memory(count: bytes)
            }
        return Canvas(path: "", size: size, format: format, mapping: mapping)
    }

    /// The file, for lending it to another process; `nil` if the pixels are in memory only.
    public var file: OwnedDescriptor? { mapping.file }

    /// The file's number on its disk; `nil` if the pixels are in memory only.
    public var inode: UInt64? {
        guard let file = mapping.file else { return nil }
        var facts = stat()
        return unsafe fstat(file.number, &facts) == 0 ? UInt64(facts.st_ino) : nil
    }

    /// Renames the file within its file system, and returns the canvas under the new name.
    public func move(to path: String) throws(ImagingError) -> Canvas {
        try Self.rename(self.path, to: path)
        return Canvas(path: path, size: size, format: format, mapping: mapping)
    }

    /// Renames the file of a canvas that is in use, within its file system. The `path` of the canvas does not change.
    public static func rename(_ old: String, to new: String) throws(ImagingError) {
        guard unsafe Glibc.rename(old, new) == 0 else {
            throw .system(.canvas, "cannot rename \(old) to \(new)", errno: errno)
        }
    }

    /// Writes whole rows.
    /// - Precondition: `rows` has this canvas's format and width, without gaps, and the rows are inside the image.
    package func write(_ rows: borrowing PixelBuffer, from row: Int) throws(ImagingError) {
        precondition(rows.size.width == size.width && rows.format == format && row + rows.size.height <= size.height)
        let error = unsafe mapping.write(rows.base, count: rows.byteCount, at: row * rows.stride)
        guard error == 0 else { throw .system(.canvas, "cannot write rows", errno: error) }
    }

    /// Writes zeros to rows before their first use. The kernel then already has pages for them, as large as possible,
    /// and writing through a mapping takes a third of the time in every process.
    public func clear(rows: Range<Int>) throws(ImagingError) {
        let stride = size.width * format.bytesPerPixel
        let error = mapping.clear(rows.lowerBound * stride..<rows.upperBound * stride)
        guard error == 0 else { throw .system(.canvas, "cannot write rows", errno: error) }
    }

    /// Writes zeros over bytes of a file that has been a canvas.
    public static func clear(file path: String, _ bytes: Range<Int>) throws(ImagingError) {
        try FileMapping.clear(path: path, bytes)
    }

    public var capacity: Int { size.height }

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

    /// Gives the whole image to `body` as a buffer to read.
    public func withPixels<R: ~Copyable, E: Error>(
        _ body: (borrowing PixelBuffer) throws(E) -> R
    ) throws(E) -> R {
        try withPixels(in: TileRegion(whole: size), body)
    }

    /// Gives the whole image to `body` as a buffer to write.
    package func withMutablePixels<R, E: Error>(_ body: (inout PixelBuffer) throws(E) -> R) throws(E) -> R {
        try withMutablePixels(in: TileRegion(whole: size), body)
    }

    private func view(of region: TileRegion) -> PixelBuffer {
        precondition(TileRegion(whole: size).contains(region), "\(region) is not inside \(size)")
        let stride = size.width * format.bytesPerPixel
        return unsafe PixelBuffer(
            viewing: mapping.base + region.y * stride + region.x * format.bytesPerPixel, stride: stride,
            size: region.size, format: format)
    }
}
