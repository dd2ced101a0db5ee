/// Records the changes of tiles.
protocol TileLog: Sendable {
    /// - Parameter then: called once all changes are stored.
    /// - Precondition: there is at least one change.
    func append(_ changes: [TileChange], then: (@Sendable () -> Void)?)

    /// Records an attempt without a result. It may be dropped if too many wait.
    func append(_ end: AttemptEnd)
}

extension TileLog {
    func append(_ change: TileChange, then: (@Sendable () -> Void)?) { append([change], then: then) }
}
