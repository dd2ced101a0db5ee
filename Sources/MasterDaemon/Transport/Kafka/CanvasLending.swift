import Synchronization
import TileCore

/// Decides which tiles travel without pixels: the first attempts that go to workers which can open the canvases. All
/// others have their pixels with them, so that whatever goes wrong with a loan, the next attempt needs none.
final class CanvasLending: Sendable {
    let folder: CanvasFolder
    /// The lender's name in heartbeats.
    let lender: String
    private let borrowers = Mutex<Set<Int>>([])

    init(_ folder: CanvasFolder) throws(ImagingError) {
        self.folder = folder
        lender = try folder.lend()
    }

    /// The partitions of `tasks` whose owners can open the canvases, by their last heartbeats. One that has another
    /// owner by now costs an attempt.
    func setBorrowers(_ partitions: Set<Int>) { borrowers.withLock { $0 = partitions } }

    /// The loan for a tile that is to be sent; `nil` if it is to travel with its pixels.
    func loan(_ dispatch: Scheduler.Dispatch, of order: PassOrder) -> CanvasLoan? {
        guard dispatch.attempt == 1, borrowers.withLock({ $0.contains(dispatch.partition) }) else { return nil }
        // Rings are in this process's memory, and so are canvases without a name.
        guard let source = order.source.pixels as? Canvas, let target = order.target.pixels as? Canvas,
            folder.holds(source), folder.holds(target), let from = source.inode, let to = target.inode
        else { return nil }
        let region = order.geometry.source(dispatch.tile.index)
        return CanvasLoan(id: order.loan, image: source.size, x: region.x, y: region.y, source: from, target: to)
    }
}
