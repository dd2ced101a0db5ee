internal import CImageCodecs
internal import Foundation
internal import Glibc
public import TileCore

/// Writes an image file from the top down.
///
/// Belongs to one thread at a time. Without `finish` the file is not complete.
@safe
public final class ImageWriter {
    public let size: PixelSize
    public let format: PixelFormat
    /// Smaller images after the first, written by `Canvas.drainPyramid`.
    let pyramid: Pyramid?
    /// The side of all tiles in pixels; 0 for a file without tiles. Tiles are cut from rows without a copy if the
    /// caller gives `tileSide` rows at once, from a multiple of `tileSide` on.
    public let tileSide: Int
    /// The number of threads by default.
    public static let cores = ProcessInfo.processInfo.activeProcessorCount
    private let handle: OpaquePointer
    private let file: OwnedDescriptor
    private let scratch: OwnedDescriptor?

    /// Begins a file.
    /// - Parameters:
    ///   - path: no file may be there yet.
    ///   - metadata: only of kinds that the format can hold.
    ///   - threads: how many compress bands of rows side by side; 1 is the caller's thread alone.
    public convenience init(
        path: String, size: PixelSize, format: PixelFormat, encoding: OutputEncoding,
        metadata: ImageMetadata = ImageMetadata(), threads: Int = ImageWriter.cores
    ) throws(ImagingError) {
        try encoding.fileFormat.check(format, size)
        try self.init(
            OwnedDescriptor(creating: path), size: size, format: format, encoding: encoding, metadata: metadata,
            threads: threads)
    }

    /// - Parameters:
    ///   - file: an empty one, open for reading and writing.
    ///   - scratch: another such file, for images that do not fit into memory; if it is `nil`, memory is used.
    ///   - threads: how many compress bands of rows side by side; 1 is the caller's thread alone.
    public init(
        _ file: OwnedDescriptor, size: PixelSize, format: PixelFormat, encoding: OutputEncoding,
        metadata: ImageMetadata, scratch: OwnedDescriptor? = nil, threads: Int = ImageWriter.cores
    ) throws(ImagingError) {
        try encoding.fileFormat.check(format, size)
        var handle: OpaquePointer?
        let status = unsafe metadata.withBlocks { blocks in
            var options = unsafe encoding.options(size: size, format: format, metadata)
            unsafe options.blocks = blocks.baseAddress
            unsafe options.block_count = blocks.count
            unsafe options.scratch = scratch?.number ?? 0
            unsafe options.threads = UInt32(clamping: threads)
            return unsafe twc_writer_open(file.number, &options, &handle)
        }
        guard let handle = unsafe handle else {
            throw ImagingError(
                unencodable: ImageFileError(status) ?? ImageFileError(.inaccessible, "the result cannot be written"))
        }
        self.size = size
        self.format = format
        pyramid = encoding.pyramid(of: size)
        tileSide = encoding.tileSide ?? 0
        unsafe self.handle = handle
        self.file = file
        self.scratch = scratch
    }

    // The descriptor is closed after the writer.
    deinit { unsafe twc_writer_close(handle) }

    /// What could not be written as requested, one sentence each.
    public var notes: [String] {
        unsafe (0..<twc_writer_note_count(handle)).map { index in
            unsafe String(cString: twc_writer_note(handle, index))
        }
    }

    /// Writes the next rows.
    /// - Precondition: they have the image's width and format.
    public func write(_ rows: borrowing PixelBuffer) throws(ImageFileError) {
        precondition(rows.size.width == size.width && rows.format == format, "rows of another kind")
        try unsafe twc_writer_rows(handle, rows.base, rows.stride, UInt32(rows.size.height)).check()
    }

    /// Writes a tile of the image (level 0) or of a smaller one. At the right and lower edge it has only the part
    /// inside the image.
    /// - Precondition: the encoding has tiles.
    func write(_ tile: borrowing PixelBuffer, level: Int, column: Int, row: Int) throws(ImageFileError) {
        precondition(
            tileSide > 0 && level <= pyramid?.sizes.count ?? 0 && tile.format == format,
            "a tile outside of the image, or of another size")
        try unsafe twc_writer_tile(
            handle, UInt32(level), UInt32(column), UInt32(row), tile.base, tile.stride
        ).check()
    }

    /// Writes the rest. Then the file is complete.
    public func finish() throws(ImageFileError) { try unsafe twc_writer_finish(handle).check() }

    /// After `finish`: where the bands of a PNG or JPEG file are, for `ImageReader.init(_:rows:index:page:threads:)`.
    ///
    /// `nil` before `finish`, for files that need no index (TIFF, BMP), and for files whose rows cannot be read alone:
    /// WebP, progressive JPEG, JPEG of less than a megapixel, and images that are not upright.
    public var rowIndex: RowIndex? { unsafe RowIndex(twc_writer_row_index(handle)) }
}

extension OwnedDescriptor {
    /// Makes an image file, or truncates the existing one.
    public convenience init(creating path: String) throws(ImagingError) {
        let number = unsafe open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard number >= 0 else { throw .system(.unencodable, "the result cannot be written", errno: errno) }
        self.init(adopting: number)
    }
}

extension OutputEncoding {
    /// The options for the codec, without the blocks.
    fileprivate func options(size: PixelSize, format: PixelFormat, _ metadata: ImageMetadata) -> twc_writer_options {
        var options = unsafe twc_writer_options()
        unsafe options.format = fileFormat.codec
        unsafe options.width = UInt32(size.width)
        unsafe options.height = UInt32(size.height)
        unsafe options.channels = UInt32(format.channels)
        unsafe options.depth = UInt32(format.depth.rawValue)
        unsafe options.quality = UInt32(quality ?? 0)
        unsafe options.is_progressive = isProgressive
        unsafe options.subsampling = subsampling == .full ? TWC_SUBSAMPLING_444 : TWC_SUBSAMPLING_420
        unsafe options.level = UInt32(level ?? 0)
        unsafe options.compression = compression.codec
        unsafe options.tile_side = UInt32(tileSide ?? 0)
        unsafe options.overviews = UInt32(pyramid(of: size)?.sizes.count ?? 0)
        unsafe options.is_gray_alpha = isGrayAlpha && format.hasAlpha && fileFormat.hasGrayAlpha
        unsafe options.is_alpha_associated = isAlphaAssociated && format.hasAlpha && fileFormat == .tiff
        unsafe options.density = metadata.density?.codec ?? twc_density()
        return unsafe options
    }
}

extension OutputEncoding {
    /// Whether writing uses a scratch file, if there is one: for the coefficients of a progressive JPEG, or for smaller
    /// images.
    public var usesScratch: Bool { isProgressive && fileFormat == .jpeg || isPyramid }

    fileprivate func pyramid(of size: PixelSize) -> Pyramid? {
        guard isPyramid, fileFormat == .tiff, let tileSide else { return nil }
        return Pyramid(of: size, tileSide: tileSide)
    }
}

extension OutputEncoding.Compression {
    fileprivate var codec: twc_compression {
        switch self {
        case .lzw: TWC_COMPRESSION_LZW
        case .none: TWC_COMPRESSION_NONE
        case .deflate: TWC_COMPRESSION_DEFLATE
        case .zstd: TWC_COMPRESSION_ZSTD
        case .jpeg: TWC_COMPRESSION_JPEG
        }
    }
}

extension ImageFileFormat {
    fileprivate func check(_ format: PixelFormat, _ size: PixelSize) throws(ImagingError) {
        guard canHold(format) else { throw ImagingError(.unencodable, "\(name) cannot hold \(format) pixels") }
        guard max(size.width, size.height) <= maximumSide else {
            throw ImagingError(.unencodable, "a side of a \(name) image can be \(maximumSide) px at most")
        }
    }
}
