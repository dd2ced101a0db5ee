/// A source that is decoded as far as the rows of its image may be written. One call at a time; both can take long.
protocol SourceDecoding: Sendable {
    /// How many rows, from the top, have to be writable for the next ones to be decoded.
    var rowsWanted: Int { get }

    /// Decodes as many rows as it can.
    /// - Parameters:
    ///   - limit: how many rows, from the top, may be written; at least `rowsWanted`.
    ///   - isCancelled: asked often; once it is true, the rest stays as it is.
    ///   - progress: told every few milliseconds how many rows are complete from the top.
    /// - Returns: how many rows are complete.
    /// - Throws: as `ImageCodecs.decode`.
    func read(upTo limit: Int, until isCancelled: () -> Bool, progress: (Int) -> Void) throws -> Int

    /// After the last row: looks at what is left of the file.
    /// - Returns: what was converted, left out or irregular, a sentence each.
    /// - Throws: as `ImageCodecs.decode`.
    func finish() throws -> [String]
}
