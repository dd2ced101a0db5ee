import TileCore

/// Reads and writes image files, in this process or in others. The calls block; they belong on a `DiskPool`'s thread.
protocol ImageCodecs: Sendable {
    /// Decoding and encoding of jobs at once. Whoever wants to do it takes a place before a thread.
    var places: AsyncSemaphore { get }

    /// What the file says of itself.
    /// - Throws: `ImageFileError`.
    func header(of source: String, page: Int?) throws -> ImageHeader

    /// Decodes a file into a canvas.
    /// - Parameters:
    ///   - options: which image of the file, and which notes are wanted.
    ///   - isCancelled: asked often; once it is true, the rest stays as it is.
    ///   - progress: told some times a second how many rows are complete from the top.
    /// - Returns: what was converted, left out or irregular, a sentence each.
    /// - Throws: `ImageFileError` if the file cannot be opened, `ImagingError` if its pixels cannot be had or are not
    ///   the canvas's, `CancellationError`.
    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, until isCancelled: () -> Bool,
        progress: (Int) -> Void
    ) throws -> [String]

    /// Writes a canvas as a file.
    /// - Parameters:
    ///   - source: the file that the canvas was made of, for its metadata.
    ///   - path: at which nothing is yet.
    /// - Returns: what was changed or left out, a sentence each.
    /// - Throws: `ImagingError`, `CancellationError`.
    func encode(
        _ image: Canvas, of source: String, by encoder: ResultEncoder, into path: String,
        until isCancelled: () -> Bool
    ) throws -> [String]
}

extension ImageCodecs {
    /// Decodes a file into a canvas without a name, which is gone with its last user or with the process.
    /// - Parameter folder: on the disk that is to hold the canvas.
    func decoded(
        _ source: String, page: Int? = nil, in folder: String, until isCancelled: () -> Bool = { false }
    ) throws -> Canvas {
        let header = try header(of: source, page: page)
        let canvas = try Canvas.unnamed(in: folder, size: header.size, format: header.pixelFormat)
        var options = JobOptions()
        options.page = page
        _ = try decode(source, options, into: canvas, until: isCancelled) { _ in }
        return canvas
    }
}
