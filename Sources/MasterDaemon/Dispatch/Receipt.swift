import TileCore

/// What the collector does with a result.
enum Receipt: Sendable {
    case write(PassOrder, TileRegion)
    case drop(Scheduler.Drop)
    case none
}
