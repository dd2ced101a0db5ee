import TileCore

/// What the collector has to do with a result.
enum Receipt: Sendable {
    case write(PassOrder, TileRegion)
    case drop(Scheduler.Drop)
    case none
}
