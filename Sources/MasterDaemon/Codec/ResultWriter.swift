import TileCodecs
import TileCore

/// A result's file that is written in this process as the rows of its image come.
///
/// Belongs to one thread at a time.
final class ResultWriter {
    private let image: any PixelRows
    private let writer: ImageWriter
    private let encoding: OutputEncoding
    private let background: BackgroundColor
    private let scratch: OwnedDescriptor?
    private let notes: [String]
    private var rows = 0

    /// Begins a file.
    /// - Parameters:
    ///   - notes: what was changed or left out so far.
    ///   - output: an empty file for reading and writing, as `scratch` is, which may be missing for small images.
    ///   - threads: that compress bands of rows side by side.
    init(
        _ image: any PixelRows, format: PixelFormat, encoding: OutputEncoding, background: BackgroundColor?,
        metadata: ImageMetadata, notes: [String], into output: OwnedDescriptor, scratch: OwnedDescriptor?,
        threads: Int
    ) throws(ImagingError) {
        writer = try ImageWriter(
            output, size: image.size, format: format, encoding: encoding, metadata: metadata, scratch: scratch,
            threads: threads)
        self.image = image
        self.encoding = encoding
        self.background = background ?? BackgroundColor(red: 0, green: 0, blue: 0)
        self.scratch = scratch
        self.notes = notes
    }

    /// Writes the rows that are complete and not written yet.
    /// - Parameters:
    ///   - complete: how many rows are complete from the top.
    ///   - progress: told how many rows are written.
    /// - Throws: `ImagingError`, `CancellationError`.
    func write(upTo complete: Int, until isCancelled: () -> Bool, progress: (Int) -> Void) throws {
        // Overviews are made of the whole image.
        guard !encoding.isPyramid, complete > rows else { return }
        guard
            try image.drain(
                rows..<complete, into: writer, background: background, until: isCancelled, progress: progress)
        else { throw CancellationError() }
        rows = complete
    }

    /// Writes what is left of the complete image. The file is whole afterwards.
    /// - Returns: what was changed or left out, a sentence each.
    /// - Throws: `ImagingError`, `CancellationError`.
    func finish(until isCancelled: () -> Bool, progress: (Int) -> Void) throws -> [String] {
        if encoding.isPyramid {
            guard let image = image as? Canvas else { preconditionFailure("overviews are made of the whole image") }
            guard try image.drainPyramid(into: writer, over: scratch, until: isCancelled, progress: progress) else {
                throw CancellationError()
            }
        } else {
            try write(upTo: image.size.height, until: isCancelled, progress: progress)
            do throws(ImageFileError) { try writer.finish() } catch { throw ImagingError(unencodable: error) }
        }
        return notes + writer.notes
    }
}
