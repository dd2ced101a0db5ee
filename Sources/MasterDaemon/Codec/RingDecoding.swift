import TileCodecs
import TileCore

/// A source that is decoded in this process into an image that holds some of its rows at a time.
final class RingDecoding: SourceDecoding, @unchecked Sendable {
    // Sendable: the caller makes one call at a time, each after the end of the previous one.
    private let reader: ImageReader
    private let image: any PixelRows
    private let policy: MetadataPolicy
    private var rows = 0

    /// - Parameters:
    ///   - reader: has read only the header. Its image is read by rows (`ImageHeader.isReadByRows`).
    ///   - policy: decides which notes are wanted.
    init(_ reader: ImageReader, into image: any PixelRows, _ policy: MetadataPolicy) {
        self.reader = reader
        self.image = image
        self.policy = policy
    }

    var rowsWanted: Int { min(image.size.height, rows + reader.header.bandRows) }

    func read(upTo limit: Int, until isCancelled: () -> Bool, progress: (Int) -> Void) throws -> Int {
        while rows < image.size.height, rowsWanted <= limit {
            if isCancelled() { throw CancellationError() }
            try image.fill(rows..<rowsWanted, from: reader)
            rows = rowsWanted
            progress(rows)
        }
        return rows
    }

    func finish() throws -> [String] {
        do throws(ImageFileError) { try reader.finish() } catch { throw ImagingError(undecodable: error) }
        return reader.notes(policy)
    }
}
