/// A source that is decoded as far as rows of its image are writable. Calls must not overlap. `read` and `finish` can
/// take long.
protocol SourceDecoding: Sendable {
    /// How many rows, from the top, have to be writable before more can be decoded.
    var rowsWanted: Int { get }

    /// Decodes as many rows as are writable.
    /// - Parameters:
    ///   - limit: how many rows, from the top, are writable; at least `rowsWanted`.
    ///   - isCancelled: called often. Once it is true, the remaining rows stay as they are.
    ///   - progress: called every few milliseconds with the number of rows that are complete from the top.
    /// - Returns: how many rows are complete.
    /// - Throws: as `ImageCodecs.decode`.
    func read(upTo limit: Int, until isCancelled: () -> Bool, progress: (Int) -> Void) throws -> Int

    /// After the last row: inspects the rest of the file.
    /// - Returns: what was converted, left out or irregular, one sentence each.
    /// - Throws: as `ImageCodecs.decode`.
    func finish() throws -> [String]
}
