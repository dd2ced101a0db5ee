/// Takes note of what becomes of each tile.
protocol TileLog: Sendable {
    /// - Parameter then: called once the change is noted for good.
    func append(_ change: TileChange, then: (@Sendable () -> Void)?)

    /// An attempt brought nothing. It may be left out if too much is to be noted.
    func append(_ end: AttemptEnd)
}
