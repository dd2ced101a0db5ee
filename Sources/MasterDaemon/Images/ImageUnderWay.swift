import TileCore

/// An image whose rows become complete from the top while others read them already: all that two stages of a job share.
///
///     0 ───── released ───── rows ───── room ───── height
///      gone           readable    being written
///
/// There are `pixels.capacity` rows at a time. So whoever writes waits for room, and whoever reads says which rows it
/// needs no more. An image that is there as a whole has always room.
final class ImageUnderWay: Sendable {
    let pixels: any PixelRows
    private let completed: RowMark
    private let released = RowMark(0)

    /// - Parameter rows: how many are complete already.
    init(_ pixels: any PixelRows, rows: Int = 0) {
        self.pixels = pixels
        completed = RowMark(rows)
    }

    var height: Int { pixels.size.height }

    /// All rows stay, so that nobody waits for room.
    var isWhole: Bool { pixels.capacity >= height }

    /// The image will come no further. Who waits for rows or for room gets this error, and so does who will.
    func fail(_ error: any Error) {
        completed.fail(error)
        released.fail(error)
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
    var room: Int { room(released: released.rows) }

    /// Nobody reads so many rows, from the top, any more. Fewer than before change nothing.
    func release(rows: Int) {
        precondition(rows <= height, "more rows than the image has")
        released.raise(to: rows)
    }

    /// Waits until there is room for more than so many rows from the top.
    /// - Returns: up to which row there is.
    /// - Throws: `CancellationError`, or the error of `fail` if no more will be released.
    func room(beyond rows: Int) async throws -> Int {
        guard !isWhole else { return height }
        return room(released: try await released.rows(beyond: rows - pixels.capacity))
    }

    private func room(released: Int) -> Int { isWhole ? height : min(height, released + pixels.capacity) }
}
