/// A source that is decoded while room for its rows is made. One call at a time; both can take long.
protocol SourceDecoding: Sendable {
    /// Up to which row, from the top, there has to be room for the next rows to be decoded.
    var rowsWanted: Int { get }

    /// Decodes the rows that there is room for.
    /// - Parameters:
    ///   - room: up to which row it may be written; at least `rowsWanted`.
    ///   - isCancelled: asked often; once it is true, the rest stays as it is.
    ///   - progress: told every few milliseconds how many rows are complete from the top.
    /// - Returns: how many rows are complete.
    /// - Throws: as `ImageCodecs.decode`.
    func read(within room: Int, until isCancelled: () -> Bool, progress: (Int) -> Void) throws -> Int

    /// After the last row: looks at what is left of the file.
    /// - Returns: what was converted, left out or irregular, a sentence each.
    /// - Throws: as `ImageCodecs.decode`.
    func finish() throws -> [String]
}
