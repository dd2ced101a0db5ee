import TileCodecs
import TileCore

/// Reads and writes image files, in this process or in others. The calls block; they belong on a `DiskPool`'s thread.
protocol ImageCodecs: Sendable {
    /// Jobs that are decoded at once. Whoever wants to do it takes a place before a thread.
    var decoders: AsyncSemaphore { get }

    /// Jobs that are encoded while their image is under way. Most of them wait for rows, so others do not wait for them:
    /// whoever finds no place is refused.
    var earlyEncoders: AsyncSemaphore { get }

    /// Jobs that are encoded once their image is complete.
    var encoders: AsyncSemaphore { get }

    /// What the file says of itself.
    /// - Throws: `ImageFileError`; `ServiceError` if no codec process can be had now; `CancellationError` if they end.
    func header(of source: String, page: Int?) throws -> ImageHeader

    /// Decodes a file into a canvas.
    /// - Parameters:
    ///   - options: which image of the file, and which notes are wanted.
    ///   - overviews: the file to make them in; `nil` if none are wanted.
    ///   - isCancelled: asked often; once it is true, the rest stays as it is.
    ///   - progress: told every few milliseconds how many rows are complete from the top.
    /// - Returns: what was converted, left out or irregular, a sentence each.
    /// - Throws: `ImageFileError` if the file cannot be opened, `ImagingError` if its pixels cannot be had or are not
    ///   the canvas's, `ServiceError` if no codec process can be had now, `CancellationError`.
    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, overviews: OverviewFile?,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String]

    /// Begins to decode a file into an image of which only some rows may be writable at a time.
    /// - Parameter overviews: the file to make the source's in; `nil` if none are wanted, as of images in rings.
    /// - Throws: as `decode`.
    func beginDecoding(
        _ source: String, _ options: JobOptions, into image: any PixelRows, overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any SourceDecoding

    /// Begins a result's file.
    /// - Parameters:
    ///   - image: not complete yet.
    ///   - source: the file that the image was made of, for its metadata.
    ///   - path: at which nothing is yet.
    ///   - overviews: the file to make those of the result in; `nil` if none are wanted.
    /// - Throws: `ImagingError`, `ImageFileError`, `ServiceError` if no codec process can be had now, `CancellationError`.
    func beginEncoding(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any ResultEncoding

    /// Reads a part of an image's overviews.
    /// - Parameters:
    ///   - path: of their file.
    ///   - canvas: of the size of the part's region.
    /// - Throws: as `decode`.
    func readOverview(_ path: String, _ part: Overviews.Part, into canvas: Canvas) throws

    /// Reads some rows of an image file without the others.
    /// - Parameters:
    ///   - index: the file of the image's overviews, which has the index of its rows; `nil` for a format that needs none.
    ///   - canvas: of the size of the rows.
    ///   - isCancelled: asked often; once it is true, the rest stays as it is.
    /// - Throws: `ImageFileError`, with `unsupported` if the file's rows cannot be read without the others;
    ///   `ImagingError` if its pixels cannot be had or are not the canvas's; `ServiceError` if no codec process can be
    ///   had now; `CancellationError`.
    func readRows(
        _ rows: Range<Int>, of source: String, page: Int?, index: String?, into canvas: Canvas,
        until isCancelled: () -> Bool
    ) throws
}

/// A result's file that is written while its image becomes complete. One call at a time; all but `cancel` can take long.
protocol ResultEncoding: Sendable {
    /// Writes the rows that are complete and not written yet.
    /// - Parameter complete: how many rows are complete from the top.
    /// - Throws: `ImagingError`, `CancellationError`; the file cannot be finished then.
    func write(upTo complete: Int, until isCancelled: () -> Bool) throws

    /// Writes what is left of the complete image. The file is whole afterwards.
    /// - Returns: what was changed or left out, a sentence each.
    /// - Throws: `ImagingError`, `CancellationError`.
    func finish(until isCancelled: () -> Bool) throws -> [String]

    /// The file will not be finished. Does nothing after `finish`.
    func cancel()
}

extension ImageCodecs {
    /// For codecs that decode into canvases only, in one step.
    func beginDecoding(
        _ source: String, _ options: JobOptions, into image: any PixelRows, overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any SourceDecoding {
        guard let canvas = image as? Canvas else {
            throw ImagingError(.canvas, "an image that is not there as a whole cannot be decoded here")
        }
        return WholeDecoding(self, source, options, into: canvas, overviews: overviews)
    }

    /// Decodes a file into a canvas without a name, which is gone with its last user or with the process.
    /// - Parameter folder: on the disk that is to hold the canvas.
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
