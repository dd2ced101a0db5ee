import TileCore

/// An image whose rows become complete from the top while others read them already: all that two stages of a job share.
///
///     0 ───── released ───── rows ───── room ───── height
///      gone           readable    being written
///
/// There are `pixels.capacity` rows at a time. So whoever writes waits for room, and whoever reads says which rows it
/// needs no more. An image that is there as a whole has always room, unless it is made piece by piece.
final class ImageUnderWay: Sendable {
    let pixels: any PixelRows
    private let completed: RowMark
    private let released = RowMark(0)
    /// Of a whole image, the rows that may be written.
    private let made: RowMark

    /// - Parameters:
    ///   - rows: how many are complete already.
    ///   - isMade: whether a whole image may be written at once; else `make(rows:)` says which rows may be.
    init(_ pixels: any PixelRows, rows: Int = 0, isMade: Bool = true) {
        self.pixels = pixels
        completed = RowMark(rows)
        made = RowMark(isMade ? pixels.size.height : 0)
    }

    var height: Int { pixels.size.height }

    /// All rows stay, so that nobody waits for room.
    var isWhole: Bool { pixels.capacity >= height }

    /// The image will come no further. Who waits for rows or for room gets this error, and so does who will.
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

    // MARK: Room to write

    /// Up to which row, from the top, it may be written.
    var room: Int { isWhole ? made.rows : room(released: released.rows) }

    /// So many rows of a whole image, from the top, may be written. Fewer than before change nothing.
    func make(rows: Int) {
        precondition(rows <= height, "more rows than the image has")
        made.raise(to: rows)
    }

    /// Nobody reads so many rows, from the top, any more. Fewer than before change nothing.
    func release(rows: Int) {
        precondition(rows <= height, "more rows than the image has")
        released.raise(to: rows)
    }

    /// Waits until there is room for more than so many rows from the top.
    /// - Returns: up to which row there is.
    /// - Throws: `CancellationError`, or the error of `fail` if no more will be released or made.
    func room(beyond rows: Int) async throws -> Int {
        guard !isWhole else { return try await made.rows(beyond: rows) }
        return room(released: try await released.rows(beyond: rows - pixels.capacity))
    }

    private func room(released: Int) -> Int { min(height, released + pixels.capacity) }
}
