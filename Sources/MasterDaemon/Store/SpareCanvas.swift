import Synchronization
import TileCore

/// The file of a canvas that no job uses at the moment. Its old pixels are overwritten piece by piece, until the next job
/// takes the file.
final class SpareCanvas: Sendable {
    private struct State {
        /// Bytes from the start that are zeros.
        var cleared = 0
        var isReleased = false
    }

    /// How many bytes are overwritten at a time. A job that takes the file waits for the end of one such write.
    private static let piece = 4 << 20

    let path: String
    let bytes: Int
    let since: ContinuousClock.Instant
    private let state = Mutex(State())

    init(path: String, bytes: Int, since: ContinuousClock.Instant) {
        self.path = path
        self.bytes = bytes
        self.since = since
    }

    var isCleared: Bool { state.withLock { $0.cleared == bytes } }

    /// Overwrites all old pixels, unless the file is released meanwhile. Takes time.
    func clear() throws(ImagingError) {
        while try clearPiece() {}
    }

    /// - Returns: false if nothing was left to overwrite, or the file is released.
    private func clearPiece() throws(ImagingError) -> Bool {
        try state.withLock { state throws(ImagingError) in
            guard !state.isReleased, state.cleared < bytes else { return false }
            let end = min(bytes, state.cleared + Self.piece)
            try Canvas.clear(file: path, state.cleared..<end)
            state.cleared = end
            return true
        }
    }

    /// Ends the clearing. From now on the file belongs to the caller.
    /// - Returns: how many bytes from the start are zeros.
    func release() -> Int {
        state.withLock { state in
            state.isReleased = true
            return state.cleared
        }
    }
}
