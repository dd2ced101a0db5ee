internal import CImageCodecs
internal import Glibc
public import TileCore

/// Reads an image file: its header, its metadata, then its pixels from the top down.
///
/// Belongs to one thread at a time. After a call has thrown, only `notes` may be used.
@safe
public final class ImageReader {
    public let header: ImageHeader
    let handle: OpaquePointer
    let needsWholeBuffer: Bool
    private let needsAllData: Bool
    /// Whether parts can be read at a proportional cost: the file is tiled, or has many strips.
    let hasRegions: Bool
    /// For images that do not fit into memory while they are decoded.
    let scratch: OwnedDescriptor?
    private let source: OwnedDescriptor

    /// Opens the file at `path`.
    /// - Parameters:
    ///   - page: which image of a TIFF file, from 0; `nil` for the first.
    ///   - scratchFolder: on a disk that can hold the image. Pixels need it; header and metadata do not.
    public convenience init(path: String, page: Int? = nil, scratchFolder: String? = nil) throws(ImageFileError) {
        let source = try OwnedDescriptor(reading: path)
        let scratch: OwnedDescriptor?
        do throws(ImagingError) {
            scratch = try scratchFolder.map { folder throws(ImagingError) in try .unnamed(in: folder) }
        } catch {
            throw ImageFileError(inaccessible: error.reason, error.shortage)
        }
        try self.init(source, page: page, scratch: scratch)
    }

    /// Reads an open file.
    /// - Parameters:
    ///   - overview: which of the smaller images after the page in a TIFF file, from 1; 0 for the page itself.
    ///   - scratch: an empty file for reading and writing; if it is `nil`, memory is used.
    ///   - threads: how many decode side by side, if the file allows it; 1 is the caller's thread alone.
    public convenience init(
        _ source: OwnedDescriptor, page: Int? = nil, overview: Int = 0, scratch: OwnedDescriptor? = nil,
        threads: Int = 1
    ) throws(ImageFileError) {
        try unsafe self.init(source, page: page, scratch: scratch, threads: threads) { options, handle in
            options.overview = UInt32(clamping: overview)
            return unsafe twc_reader_open(source.number, &options, &handle)
        }
    }

    /// - Parameter open: opens the file with these options. It sets the handle, or returns why not.
    init(
        _ source: OwnedDescriptor, page: Int?, scratch: OwnedDescriptor?, threads: Int,
        opening open: (_ options: inout twc_reader_options, _ handle: inout OpaquePointer?) -> twc_status
    ) throws(ImageFileError) {
        var options = twc_reader_options(
            maximum_side: UInt32(PixelSize.maximumSide), maximum_pixels: UInt64(ImageHeader.maximumArea),
            page: Int32(clamping: page ?? -1), scratch: scratch?.number ?? -1,
            threads: UInt32(clamping: threads), overview: 0)
        var handle: OpaquePointer?
        let status = unsafe open(&options, &handle)
        guard let handle = unsafe handle else {
            throw ImageFileError(status) ?? ImageFileError(.damaged, "the file cannot be opened")
        }
        let info = unsafe twc_reader_info(handle).pointee
        header = ImageHeader(info)
        needsWholeBuffer = info.needs_whole_buffer
        needsAllData = info.needs_all_data
        hasRegions = info.has_regions
        unsafe self.handle = handle
        self.source = source
        self.scratch = scratch
    }

    /// Opens a file whose pixels will be read.
    /// - Parameters:
    ///   - threads: how many decode side by side, if the file allows it.
    ///   - scratch: makes an empty file for reading and writing, if one is needed; if it returns `nil`, memory is used.
    /// - Throws: `ImageFileError`, and the errors of `scratch`.
    public static func open(
        _ source: OwnedDescriptor, page: Int? = nil, threads: Int = 1, scratch: () throws -> OwnedDescriptor?
    ) throws -> ImageReader {
        let reader = try ImageReader(source, page: page, threads: threads)
        guard reader.usesScratch, let file = try scratch() else { return reader }
        return try ImageReader(source, page: page, scratch: file, threads: threads)
    }

    /// Whether a scratch file is used: for the coefficients of a progressive JPEG, or for a whole image that is turned.
    private var usesScratch: Bool {
        header.fileFormat == .jpeg && needsAllData || needsWholeBuffer && header.orientation != 1
    }

    // The descriptor is closed after the reader.
    deinit { unsafe twc_reader_close(handle) }

    /// What was converted, left out or irregular so far, one sentence each.
    public var notes: [String] { notes(.keep) }

    /// The notes for a result with this policy. With `strip`, notes about left-out metadata are dropped. With
    /// `private`, no note quotes the file, because the quotation could be private.
    public func notes(_ policy: MetadataPolicy) -> [String] {
        var notes: [String] = []
        for index in unsafe 0..<twc_reader_note_count(handle) {
            if policy == .strip, unsafe twc_reader_note_is_metadata(handle, index) { continue }
            let text =
                unsafe policy == .private
                ? twc_reader_note_plain(handle, index) : twc_reader_note(handle, index)
            let note = unsafe String(cString: text)
            // Notes can become equal without their quotations.
            if !notes.contains(note) { notes.append(note) }
        }
        return notes
    }

    /// Reads the next rows as they are stored, as many as `buffer` has.
    /// - Precondition: the buffer has the stored image's width and format.
    func read(into buffer: inout PixelBuffer) throws(ImageFileError) {
        precondition(
            buffer.size.width == header.storedSize.width && buffer.format == header.pixelFormat,
            "a buffer of another kind")
        try unsafe twc_reader_rows(handle, buffer.base, buffer.stride, UInt32(buffer.size.height)).check()
    }

    /// Reads a part of the image as it is stored.
    /// - Precondition: `hasRegions`; the buffer has the region's size and the image's format.
    func read(_ region: TileRegion, into buffer: inout PixelBuffer) throws(ImageFileError) {
        precondition(
            hasRegions && TileRegion(whole: header.storedSize).contains(region) && buffer.size == region.size
                && buffer.format == header.pixelFormat, "a part that cannot be read")
        try unsafe twc_reader_region(
            handle, UInt32(region.x), UInt32(region.y), UInt32(region.width), UInt32(region.height), buffer.base,
            buffer.stride
        ).check()
    }

    /// Reads all rows as they are stored.
    /// - Parameter progress: called now and then with the number of stored rows that are complete from the top. Reading
    ///   stops once it returns false.
    /// - Precondition: the buffer has the stored image's size and format.
    func readAll(into buffer: inout PixelBuffer, progress: (Int) -> Bool) throws(ImageFileError) {
        precondition(
            buffer.size == header.storedSize && buffer.format == header.pixelFormat, "a buffer of another kind")
        let status = withoutActuallyEscaping(progress) { progress in
            var question = Question(progress: progress)
            return unsafe withUnsafeMutablePointer(to: &question) { pointer in
                unsafe twc_reader_all(
                    handle, buffer.base, buffer.stride,
                    { context, rows in
                        guard let question = unsafe context?.assumingMemoryBound(to: Question.self) else { return 0 }
                        return unsafe question.pointee.progress(Int(rows)) ? 0 : 1
                    }, pointer)
            }
        }
        try status.check()
    }

    /// After the last row: inspects the rest of the file, and notes irregularities.
    public func finish() throws(ImageFileError) { try unsafe twc_reader_finish(handle).check() }

    private struct Question {
        let progress: (Int) -> Bool
    }
}

extension OwnedDescriptor {
    /// Opens an image file for reading. It does not wait for the other end of a pipe.
    public convenience init(reading path: String) throws(ImageFileError) {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else {
            let error = errno
            throw ImageFileError(
                inaccessible: "the file cannot be opened: \(systemErrorText(error))", Shortage(errno: error))
        }
        self.init(adopting: number)
    }
}
