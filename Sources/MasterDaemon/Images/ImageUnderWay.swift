import TileCore

/// An image whose rows become complete from the top. Complete rows are read while others are still written. Two stages of
/// a job share the image between them, and nothing else.
///
///     0 ───── released ───── rows ───── writable ───── height
///      dropped        readable    being written
///
/// At most `pixels.capacity` rows exist at a time. So a writer waits until rows are writable, and a reader releases
/// rows that it does not need any more. If the image exists as a whole, all rows are writable, unless its file is made
/// piece by piece.
final class ImageUnderWay: Sendable {
    let pixels: any PixelRows
    private let completed: RowMark
    private let released = RowMark(0)
    /// For a whole image: the rows that may be written.
    private let made: RowMark

    /// - Parameters:
    ///   - rows: how many rows are complete already.
    ///   - isMade: whether all rows of a whole image may be written at once; else `makeWritable(rows:)` says which ones
    ///     may.
    init(_ pixels: any PixelRows, rows: Int = 0, isMade: Bool = true) {
        self.pixels = pixels
        completed = RowMark(rows)
        made = RowMark(isMade ? pixels.size.height : 0)
    }

    var height: Int { pixels.size.height }

    /// Whether all rows stay, so that writers do not wait for readers.
    var isWhole: Bool { pixels.capacity >= height }

    /// Ends the image. Every wait for rows to read or to write gets this error, now and later.
    func fail(_ error: any Error) {
        completed.fail(error)
        released.fail(error)
        made.fail(error)
    }

    // MARK: Rows to read

    /// How many rows are complete from the top.
    var rows: Int { completed.rows }

    var isComplete: Bool { rows == height }

    /// Marks so many rows, from the top, as complete. A smaller number than before changes nothing.
    func complete(rows: Int) {
        precondition(rows <= height, "more rows than the image has")
        completed.raise(to: rows)
    }

    /// Waits until more than so many rows are complete.
    /// - Returns: how many are complete.
    /// - Throws: `CancellationError`, or the error of `fail` if no more rows will be complete.
    func rows(beyond rows: Int) async throws -> Int { try await completed.rows(beyond: rows) }

    // MARK: Rows to write

    /// How many rows, from the top, may be written.
    var writableRows: Int { isWhole ? made.rows : writableRows(released: released.rows) }

    /// Marks so many rows of a whole image, from the top, as writable. A smaller number than before changes nothing.
    func makeWritable(rows: Int) {
        precondition(rows <= height, "more rows than the image has")
        made.raise(to: rows)
    }

    /// Releases so many rows, from the top: readers do not need them any more. A smaller number than before changes
    /// nothing.
    func release(rows: Int) {
        precondition(rows <= height, "more rows than the image has")
        released.raise(to: rows)
    }

    /// Waits until more than so many rows, from the top, may be written.
    /// - Returns: how many may be written.
    /// - Throws: `CancellationError`, or the error of `fail` if no more rows will be released or made.
    func writableRows(beyond rows: Int) async throws -> Int {
        guard !isWhole else { return try await made.rows(beyond: rows) }
        return writableRows(released: try await released.rows(beyond: rows - pixels.capacity))
    }

    private func writableRows(released: Int) -> Int { min(height, released + pixels.capacity) }
}
