import Synchronization
import TileCore

/// The canvases of a master on the same machine, open for as long as tiles of them come, and held while one is computed.
final class BorrowedCanvases: Sendable {
    private struct Entry {
        let canvas: Canvas
        /// Tiles that are computed in it. It is held for the first, and let go of after the last.
        var users = 1
        var lastUse = ContinuousClock.now

        /// - Parameter paths: what its name can be. The file of another image may have had another name before.
        /// - Returns: `nil` if it is not that image any more, or of another kind.
        mutating func hold(_ paths: [String], _ size: PixelSize, _ format: PixelFormat) -> Canvas? {
            guard canvas.size == size, canvas.format == format, paths.contains(canvas.path),
                users > 0 || canvas.hold()
            else { return nil }
            users += 1
            return canvas
        }

        mutating func letGo() {
            users -= 1
            lastUse = .now
            if users == 0 { canvas.releaseHold() }
        }
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
    func transform(
        _ task: TileTask, _ loan: CanvasLoan, timing: StepTiming? = nil
    ) throws(ImagingError) -> TileResult.Outcome {
        let output: PixelFormat
        do throws(TransformError) { output = try task.pipeline.output(for: task.format) } catch {
            throw ImagingError(.transform, error.reason)
        }
        let (source, target): (Canvas, Canvas)
        do throws(ImagingError) {
            source = try hold(loan.source, loan, task, before: task.tile.pass, task.format)
        } catch {
            return .unreachable(reason: error.reason)
        }
        defer { letGo(source, loan.source) }
        do throws(ImagingError) {
            target = try hold(loan.target, loan, task, before: task.tile.pass + 1, output)
        } catch {
            return .unreachable(reason: error.reason)
        }
        defer { letGo(target, loan.target) }
        let region = TileRegion(x: loan.x, y: loan.y, size: task.size)
        let inner = TileRegion(x: loan.x + task.inner.x, y: loan.y + task.inner.y, size: task.inner.size)
        let pixels = try source.withPixels(in: region) { pixels throws(ImagingError) in
            try task.pipeline.apply(to: pixels, inner: task.inner, timing: timing)
        }
        target.paste(pixels, at: inner)
        return .written(pixels.size, pixels.format, loan: loan.id)
    }

    /// Keeps the master from giving the file to another job, until it is let go of.
    private func hold(
        _ inode: UInt64, _ loan: CanvasLoan, _ task: TileTask, before pass: Int, _ format: PixelFormat
    ) throws(ImagingError) -> Canvas {
        let paths = folder.paths(task.tile.job, run: loan.run, before: pass)
        let known = entries.withLock { $0[inode]?.hold(paths, loan.image, format) }
        if let known { return known }
        let canvas = try folder.canvas(
            inode, task.tile.job, run: loan.run, before: pass, size: loan.image, format: format)
        // One that another thread uses stays its own until that has let go of it.
        entries.withLock { if $0[inode]?.users ?? 0 == 0 { $0[inode] = Entry(canvas: canvas) } }
        return canvas
    }

    private func letGo(_ canvas: Canvas, _ inode: UInt64) {
        let isKnown = entries.withLock { entries in
            guard entries[inode]?.canvas === canvas else { return false }
            entries[inode]?.letGo()
            return true
        }
        if !isKnown { canvas.releaseHold() }
    }

    /// Closes those that no tile has come of for two seconds: the space of one that was removed is free only then.
    func closeIdle(at now: ContinuousClock.Instant = .now) {
        // Outside the lock: to let go of a large one takes its time.
        let idle = entries.withLock { entries in
            let idle = entries.filter { $0.value.users == 0 && now - $0.value.lastUse > .seconds(2) }
            for inode in idle.keys { entries[inode] = nil }
            return idle
        }
        withExtendedLifetime(idle) {}
    }

    /// How many are open.
    var count: Int { entries.withLock { $0.count } }
}
