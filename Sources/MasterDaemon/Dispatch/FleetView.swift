/// The fleet as the dispatcher sees it.
struct FleetView: Sendable, Equatable {
    /// Workers online.
    let online: Int
    /// Tiles that they work on at once, all together.
    let slots: Int
    /// The owner of each partition of `tasks` that a worker claims.
    let owners: [Int: PartitionWindow.Owner]
}
