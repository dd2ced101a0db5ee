import TileCore

/// An image whose rows become complete from the top while others read them already: all that two stages of a job share.
///
///     0 ───── released ───── rows ───── writable ───── height
///      gone           readable    being written
///
/// There are `pixels.capacity` rows at a time. So whoever writes waits until rows are writable, and whoever reads
/// says which rows it needs no more. Of an image that is there as a whole all rows are writable, unless its file is made
/// piece by piece.
final class ImageUnderWay: Sendable {
    let pixels: any PixelRows
    private let completed: RowMark
    private let released = RowMark(0)
    /// Of a whole image, the rows that may be written.
    private let made: RowMark

    /// - Parameters:
    ///   - rows: how many are complete already.
    ///   - isMade: whether a whole image may be written at once; else `makeWritable(rows:)` says which rows may be.
    init(_ pixels: any PixelRows, rows: Int = 0, isMade: Bool = true) {
        self.pixels = pixels
        completed = RowMark(rows)
        made = RowMark(isMade ? pixels.size.height : 0)
    }

    var height: Int { pixels.size.height }

    /// All rows stay, so that nobody waits for others to read them.
    var isWhole: Bool { pixels.capacity >= height }

    /// The image will come no further. Whoever waits for rows to read or to write gets this error, now and later.
    func fail(_ error: any Error) {
        completed.fail(error)
        released.fail(error)
        made.fail(error)
    }

    // MARK: Rows to read

    /// How many rows are complete from the top.
    var rows: Int { completed.rows }

    var isComplete: Bool { rows == height }

    /// So many rows are complete from the top. Fewer than before change nothing.
    func complete(rows: Int) {
        precondition(rows <= height, "more rows than the image has")
        completed.raise(to: rows)
    }

    /// Waits until more than so many rows are complete.
    /// - Returns: how many are.
    /// - Throws: `CancellationError`, or the error of `fail` if no more will be.
    func rows(beyond rows: Int) async throws -> Int { try await completed.rows(beyond: rows) }

    // MARK: Rows to write

    /// How many rows, from the top, may be written.
    var writableRows: Int { isWhole ? made.rows : writableRows(released: released.rows) }

    /// So many rows of a whole image, from the top, may be written. Fewer than before change nothing.
    func makeWritable(rows: Int) {
        precondition(rows <= height, "more rows than the image has")
        made.raise(to: rows)
    }

    /// Nobody reads so many rows, from the top, any more. Fewer than before change nothing.
    func release(rows: Int) {
        precondition(rows <= height, "more rows than the image has")
        released.raise(to: rows)
    }

    /// Waits until more than so many rows, from the top, may be written.
    /// - Returns: how many may be.
    /// - Throws: `CancellationError`, or the error of `fail` if no more will be released or made.
    func writableRows(beyond rows: Int) async throws -> Int {
        guard !isWhole else { return try await made.rows(beyond: rows) }
        return writableRows(released: try await released.rows(beyond: rows - pixels.capacity))
    }

    private func writableRows(released: Int) -> Int { min(height, released + pixels.capacity) }
}
