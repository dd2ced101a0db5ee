import TileCodecs
import TileCore

/// A result's file that is written in this process while the rows of its image become complete.
///
/// Belongs to one thread at a time.
final class ResultWriter {
    private let image: any PixelRows
    private let writer: ImageWriter
    private let encoding: OutputEncoding
    private let background: BackgroundColor
    private let scratch: OwnedDescriptor?
    private let notes: [String]
    private let overviews: OverviewMaker?
    private var rows = 0

    /// Begins a file.
    /// - Parameters:
    ///   - notes: what was changed or left out so far.
    ///   - output: an empty file for reading and writing, as `overviews` and `scratch` are.
    ///   - overviews: the file for the result's overviews; `nil` if none are wanted.
    ///   - scratch: may be `nil` for small images.
    ///   - threads: how many threads compress bands of rows in parallel.
    init(
        _ image: any PixelRows, format: PixelFormat, encoding: OutputEncoding, background: BackgroundColor?,
        metadata: ImageMetadata, notes: [String], into output: OwnedDescriptor, overviews: OwnedDescriptor?,
        scratch: OwnedDescriptor?, threads: Int
    ) throws(ImagingError) {
        writer = try ImageWriter(
            output, size: image.size, format: format, encoding: encoding, metadata: metadata, scratch: scratch,
            threads: threads)
        self.image = image
        self.encoding = encoding
        let background = background ?? BackgroundColor(red: 0, green: 0, blue: 0)
        self.background = background
        self.scratch = scratch
        self.notes = notes
        self.overviews = overviews.map { file in
            OverviewMaker(file, of: image.size, format: format, background: background, threads: threads)
        }
    }

    /// Why there are no overviews although they were requested.
    var overviewFailure: String? { overviews?.failure }

    /// Writes the rows that have become complete since the last call.
    /// - Parameters:
    ///   - complete: how many rows are complete from the top.
    ///   - progress: called with the number of written rows.
    /// - Throws: `ImagingError`, `CancellationError`.
    func write(upTo complete: Int, until isCancelled: () -> Bool, progress: (Int) -> Void) throws {
        // A pyramid needs the whole image.
        guard !encoding.isPyramid else { return }
        var complete = complete
        // Only whole rows of tiles are written without a copy, so further rows wait for the next call. A ring cannot
        // wait, because it reuses its rows.
        if writer.tileSide > 0, complete < image.size.height, image is Canvas { complete -= complete % writer.tileSide }
        guard complete > rows else { return }
        let isWhole = try image.drain(
            rows..<complete, into: writer, background: background, until: isCancelled
        ) { rows in
            overviews?.add(upTo: rows, of: image)
            progress(rows)
        }
        guard isWhole else { throw CancellationError() }
        rows = complete
    }

    /// Writes the rest of the complete image. Then the file is complete.
    /// - Returns: what was changed or left out, one sentence each.
    /// - Throws: `ImagingError`, `CancellationError`.
    func finish(until isCancelled: () -> Bool, progress: (Int) -> Void) throws -> [String] {
        if encoding.isPyramid {
            guard let image = image as? Canvas else { preconditionFailure("a pyramid needs the whole image") }
            guard try image.drainPyramid(into: writer, over: scratch, until: isCancelled, progress: progress) else {
                throw CancellationError()
            }
        } else {
            try write(upTo: image.size.height, until: isCancelled, progress: progress)
            do throws(ImageFileError) { try writer.finish() } catch { throw ImagingError(unencodable: error) }
        }
        overviews?.finish(image, rowIndex: writer.rowIndex)
        return notes + writer.notes
    }
}
