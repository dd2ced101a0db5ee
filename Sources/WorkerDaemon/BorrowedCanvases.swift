import Synchronization
import TileCore

/// Opens the canvases of a master on the same machine. A canvas stays open as long as tiles of it arrive. While a tile
/// is computed, its canvases are held: the master does not reuse their files.
final class BorrowedCanvases: Sendable {
    private struct Entry {
        let canvas: Canvas
        /// The number of tiles that are being computed. The canvas is held from the first to the last of them.
        var users = 1
        var lastUse = ContinuousClock.now

        /// Holds the canvas for one more tile.
        /// - Parameter paths: the possible names of the expected image.
        /// - Returns: `nil` if the open file is not that image, or cannot be held.
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

    /// The id of the folder of canvases, which the master wrote into it. Heartbeats report it as `lender`.
    let lender: String
    private let folder: CanvasFolder
    /// The open canvases by inode. While a file is open, no other file gets its inode.
    private let entries = Mutex<[UInt64: Entry]>([:])

    /// - Returns: `nil` if the folder belongs to another machine or another user.
    init?(_ folder: CanvasFolder) {
        guard let lender = folder.lender else { return nil }
        self.folder = folder
        self.lender = lender
    }

    /// Transforms a tile from the source canvas into the target canvas.
    /// - Returns: `written`, or `unreachable` if a canvas cannot be opened.
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
        return .written(pixels.size, pixels.format)
    }

    /// Opens and holds a canvas. The master does not give its file to another job before `letGo`.
    private func hold(
        _ inode: UInt64, _ loan: CanvasLoan, _ task: TileTask, before pass: Int, _ format: PixelFormat
    ) throws(ImagingError) -> Canvas {
        let paths = folder.paths(task.tile.job, run: loan.run, before: pass)
        let known = entries.withLock { $0[inode]?.hold(paths, loan.image, format) }
        if let known { return known }
        let canvas = try folder.canvas(
            inode, task.tile.job, run: loan.run, before: pass, size: loan.image, format: format)
        // An entry that another thread is using is not replaced.
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

    /// Closes canvases without tiles for two seconds, because the space of a removed file is freed only when it is
    /// closed.
    func closeIdle(at now: ContinuousClock.Instant = .now) {
        // The canvases are released outside the lock, because unmapping a large one takes long.
        let idle = entries.withLock { entries in
            let idle = entries.filter { $0.value.users == 0 && now - $0.value.lastUse > .seconds(2) }
            for inode in idle.keys { entries[inode] = nil }
            return idle
        }
        withExtendedLifetime(idle) {}
    }

    /// The number of open canvases.
    var count: Int { entries.withLock { $0.count } }
}
