import TileCore

/// Lends canvases to workers that can open them, so that they read and write tiles there.
struct CanvasLending: Sendable {
    let folder: CanvasFolder
    /// The lender's name in heartbeats.
    let lender: String

    init(_ folder: CanvasFolder) throws(ImagingError) {
        self.folder = folder
        lender = try folder.lend()
    }

    /// Whether other processes can open the pass's canvases. They cannot open rings and unnamed canvases.
    func canLend(_ order: PassOrder) -> Bool { canvases(order) != nil }

    /// The loan for the tiles; `nil` if the canvases cannot be lent.
    func loan(_ dispatch: Scheduler.Dispatch, of order: PassOrder) -> CanvasLoan? {
        guard let lent = canvases(order) else { return nil }
        let region = order.geometry.source(dispatch.indices)
        return CanvasLoan(
            id: order.loan, image: order.geometry.grid.image, x: region.x, y: region.y, source: lent.source,
            target: lent.target, tiles: dispatch.count)
    }

    /// The inodes of the pass's canvases.
    private func canvases(_ order: PassOrder) -> (source: UInt64, target: UInt64)? {
        guard let source = order.source.pixels as? Canvas, let target = order.target.pixels as? Canvas,
            folder.holds(source), folder.holds(target), let from = source.inode, let to = target.inode
        else { return nil }
        return (from, to)
    }
}
