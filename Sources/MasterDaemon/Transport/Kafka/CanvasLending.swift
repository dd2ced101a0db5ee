import Synchronization
import TileCore

/// Decides which tiles are sent without pixels: first attempts that go to workers which can open the canvases. Further
/// attempts contain the pixels, so that a failed loan costs one attempt only.
final class CanvasLending: Sendable {
    let folder: CanvasFolder
    /// This master's name as a lender. Workers that can open its canvases repeat it in their heartbeats.
    let lender: String
    private let borrowers = Mutex<Set<Int>>([])

    init(_ folder: CanvasFolder) throws(ImagingError) {
        self.folder = folder
        lender = try folder.lend()
    }

    /// Sets the partitions of `tasks` that belong to workers which can open the canvases, by their last heartbeats. A tile
    /// needs another attempt if the owner of its partition has changed since.
    func setBorrowers(_ partitions: Set<Int>) { borrowers.withLock { $0 = partitions } }

    /// The loan for the tiles; `nil` if they are sent with their pixels.
    func loan(_ dispatch: Scheduler.Dispatch, of order: PassOrder) -> CanvasLoan? {
        guard dispatch.attempt == 1, borrowers.withLock({ $0.contains(dispatch.partition) }) else { return nil }
        // Other processes cannot open rings and unnamed canvases.
        guard let source = order.source.pixels as? Canvas, let target = order.target.pixels as? Canvas,
            folder.holds(source), folder.holds(target), let from = source.inode, let to = target.inode
        else { return nil }
        let region = order.geometry.source(dispatch.indices)
        return CanvasLoan(
            id: order.loan, image: source.size, x: region.x, y: region.y, source: from, target: to, tiles: dispatch.count)
    }
}
