import TileCodecs
import TileCore

/// Reads and writes image files, in this process or in others. The calls block, so they belong on a thread of a
/// `DiskPool`.
protocol ImageCodecs: Sendable {
    /// Limits the number of jobs that are decoded at once. Wait for a place before taking a thread.
    var decoders: AsyncSemaphore { get }

    /// Limits the number of jobs that are encoded while their image is in progress. Such a job mostly waits for rows,
    /// so no other job waits for its place. Without a free place, a job is encoded once its image is complete.
    var earlyEncoders: AsyncSemaphore { get }

    /// Limits the number of jobs that are encoded once their image is complete.
    var encoders: AsyncSemaphore { get }

    /// The header of a file.
    /// - Throws: `ImageFileError`; `ServiceError` if no codec process is available now; `CancellationError` if the
    ///   codecs are closed.
    func header(of source: String, page: Int?) throws -> ImageHeader

    /// Decodes a file into a canvas.
    /// - Parameters:
    ///   - options: which image of the file, and which notes are wanted.
    ///   - overviews: the file for overviews; `nil` if none are wanted.
    ///   - isCancelled: called often. Once it is true, the remaining rows stay as they are.
    ///   - progress: called every few milliseconds with the number of rows that are complete from the top.
    /// - Returns: what was converted, left out or irregular, one sentence each.
    /// - Throws: `ImageFileError` if the file cannot be opened; `ImagingError` if its pixels cannot be decoded or do
    ///   not fit the canvas; `ServiceError` if no codec process is available now; `CancellationError`.
    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, overviews: OverviewFile?,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String]

    /// Begins to decode a file into an image of which only some rows may be writable at a time.
    /// - Parameter overviews: the file for the source's overviews; `nil` if none are wanted, as for images in rings.
    /// - Throws: as `decode`.
    func beginDecoding(
        _ source: String, _ options: JobOptions, into image: any PixelRows, overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any SourceDecoding

    /// Begins to write a result's file.
    /// - Parameters:
    ///   - image: an image that is not complete yet.
    ///   - source: the file that the image was made from, for its metadata.
    ///   - path: the path of the new file. No file may exist there.
    ///   - overviews: the file for the result's overviews; `nil` if none are wanted.
    /// - Throws: `ImagingError`, `ImageFileError`, `ServiceError` if no codec process is available now,
    ///   `CancellationError`.
    func beginEncoding(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any ResultEncoding

    /// Reads a part of an image's overviews.
    /// - Parameters:
    ///   - path: the path of the file of overviews.
    ///   - canvas: a canvas of the size of the part's region.
    /// - Throws: as `decode`.
    func readOverview(_ path: String, _ part: Overviews.Part, into canvas: Canvas) throws

    /// Reads only some rows of an image file.
    /// - Parameters:
    ///   - index: the file of the image's overviews, which has the index of its rows; `nil` for a format that needs
    ///     none.
    ///   - canvas: a canvas of the size of the rows.
    ///   - isCancelled: called often. Once it is true, the remaining rows stay as they are.
    /// - Throws: `ImageFileError`, with `unsupported` if rows of the file cannot be read alone; `ImagingError` if its
    ///   pixels cannot be decoded or do not fit the canvas; `ServiceError` if no codec process is available now;
    ///   `CancellationError`.
    func readRows(
        _ rows: Range<Int>, of source: String, page: Int?, index: String?, into canvas: Canvas,
        until isCancelled: () -> Bool
    ) throws
}

/// A result's file that is written while its image becomes complete. Calls must not overlap. All but `cancel` can take
/// long.
protocol ResultEncoding: Sendable {
    /// Writes the rows that have become complete since the last call.
    /// - Parameter complete: how many rows are complete from the top.
    /// - Throws: `ImagingError`, `CancellationError`; the file cannot be finished then.
    func write(upTo complete: Int, until isCancelled: () -> Bool) throws

    /// Writes the rest of the complete image. Then the file is complete.
    /// - Returns: what was changed or left out, one sentence each.
    /// - Throws: `ImagingError`, `CancellationError`.
    func finish(until isCancelled: () -> Bool) throws -> [String]

    /// Gives up the file. Does nothing after `finish`.
    func cancel()
}

extension ImageCodecs {
    /// For codecs that decode only into canvases, in one step.
    func beginDecoding(
        _ source: String, _ options: JobOptions, into image: any PixelRows, overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any SourceDecoding {
        guard let canvas = image as? Canvas else {
            throw ImagingError(.canvas, "cannot decode into an image that holds only some rows")
        }
        return WholeDecoding(self, source, options, into: canvas, overviews: overviews)
    }

    /// Decodes a file into a canvas without a name. The canvas disappears with its last user or with the process.
    /// - Parameter folder: a folder on the disk for the canvas.
    func decoded(
        _ source: String, page: Int? = nil, in folder: String, until isCancelled: () -> Bool = { false }
    ) throws -> Canvas {
        let header = try header(of: source, page: page)
        let canvas = try Canvas.unnamed(in: folder, size: header.size, format: header.pixelFormat)
        var options = JobOptions()
        options.page = page
        _ = try decode(source, options, into: canvas, overviews: nil, until: isCancelled) { _ in }
        return canvas
    }
}
