import Synchronization
import TileCore

/// The canvases of a master on the same machine, open for as long as tiles of them come.
final class BorrowedCanvases: Sendable {
    private struct Entry {
        let canvas: Canvas
        var lastUse: ContinuousClock.Instant
    }

    /// The name of the folder's lender, for the heartbeats.
    let lender: String
    private let folder: CanvasFolder
    /// By their files' numbers. A file that is open keeps its number for itself.
    private let entries = Mutex<[UInt64: Entry]>([:])

    /// - Returns: `nil` if the folder is another machine's or another user's.
    init?(_ folder: CanvasFolder) {
        guard let lender = folder.lender else { return nil }
        self.folder = folder
        self.lender = lender
    }

    /// Transforms a tile out of the source into its place in the target.
    /// - Returns: `written`, or `unreachable` if one of them cannot be opened.
    /// - Throws: `ImagingError` if the tile cannot be transformed.
    func transform(_ task: TileTask, _ loan: CanvasLoan) throws(ImagingError) -> TileResult.Outcome {
        let (source, target): (Canvas, Canvas)
        let output: PixelFormat
        do throws(TransformError) { output = try task.pipeline.output(for: task.format) } catch {
            throw ImagingError(.transform, error.reason)
        }
        do throws(ImagingError) {
            source = try canvas(loan.source, loan, task, task.format)
            target = try canvas(loan.target, loan, task, output)
        } catch {
            return .unreachable(reason: error.reason)
        }
        let region = TileRegion(x: loan.x, y: loan.y, size: task.size)
        let inner = TileRegion(x: loan.x + task.inner.x, y: loan.y + task.inner.y, size: task.inner.size)
        let pixels = try source.withPixels(in: region) { pixels throws(ImagingError) in
            try task.pipeline.apply(to: pixels, inner: task.inner)
        }
        target.paste(pixels, at: inner)
        return .written(pixels.size, pixels.format, loan: loan.id)
    }

    private func canvas(
        _ inode: UInt64, _ loan: CanvasLoan, _ task: TileTask, _ format: PixelFormat
    ) throws(ImagingError) -> Canvas {
        let known = entries.withLock { entries in
            entries[inode]?.lastUse = .now
            return entries[inode]?.canvas
        }
        if let known, known.size == loan.image, known.format == format { return known }
        let canvas = try folder.canvas(inode, of: task.tile.job, size: loan.image, format: format)
        entries.withLock { $0[inode] = Entry(canvas: canvas, lastUse: .now) }
        return canvas
    }

    /// Closes those that no tile has come of for two seconds: the space of one that its job needs no more is free only
    /// then.
    func closeIdle(at now: ContinuousClock.Instant = .now) {
        // Outside the lock: to let go of a large one takes its time.
        let idle = entries.withLock { entries in
            let idle = entries.filter { now - $0.value.lastUse > .seconds(2) }
            for inode in idle.keys { entries[inode] = nil }
            return idle
        }
        withExtendedLifetime(idle) {}
    }

    /// How many are open.
    var count: Int { entries.withLock { $0.count } }
}
