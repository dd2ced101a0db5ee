import Synchronization

/// The progress of a `process` command. Many threads report it, and one shows it.
final class ProcessProgress: Sendable {
    private struct State {
        /// Tiles of the images in progress, by the number of the image.
        var running: [Int: (done: Int, total: Int)] = [:]
        var endedImages = 0
        var endedTiles = 0
    }

    private let images: Int
    private let state = Mutex(State())

    init(images: Int) { self.images = images }

    func note(image: Int, done: Int, total: Int) { state.withLock { $0.running[image] = (done, total) } }

    /// - Parameter tiles: the number of finished tiles; 0 if the image failed.
    func end(image: Int, tiles: Int) {
        state.withLock { state in
            state.running[image] = nil
            state.endedImages += 1
            state.endedTiles += tiles
        }
    }

    /// The current progress.
    var now: Snapshot {
        state.withLock { state in
            let running = state.running.values
            let shares = running.reduce(0) { $0 + Double($1.done) / Double(max(1, $1.total)) }
            return Snapshot(
                images: images, endedImages: state.endedImages,
                doneTiles: state.endedTiles + running.reduce(0) { $0 + $1.done },
                knownTiles: state.endedTiles + running.reduce(0) { $0 + $1.total },
                fraction: (Double(state.endedImages) + shares) / Double(max(1, images)))
        }
    }

    struct Snapshot: Sendable, Equatable {
        let images: Int
        let endedImages: Int
        let doneTiles: Int
        /// Tiles of all images that were begun.
        let knownTiles: Int
        /// The finished part of the whole work, 0 to 1. Each image counts the same.
        let fraction: Double

        /// As in "3 of 60 files, 120/400 tiles, 35.2 tiles/s, 12 s left".
        func text(after elapsed: Duration) -> String {
            let seconds = elapsed / .seconds(1)
            var parts = [
                "\(endedImages) of \(images) file\(images == 1 ? "" : "s")", "\(doneTiles)/\(knownTiles) tiles",
            ]
            if doneTiles > 0, seconds > 0 {
                parts.append("\(ProgressDisplay.decimal(Double(doneTiles) / seconds)) tiles/s")
            }
            // An estimate from less progress would be too uncertain.
            if fraction > 0.02, fraction < 1 {
                parts.append("\(ProgressDisplay.duration(seconds / fraction * (1 - fraction))) left")
            }
            return parts.joined(separator: ", ")
        }
    }
}
