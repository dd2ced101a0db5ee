import Synchronization
import TileCore

/// The place that a record occupies among the limited number that a worker takes at once.
final class RecordPlace: Sendable {
    private let places: AsyncSemaphore
    private let isHeld = Mutex(true)

    /// - Parameter places: one place was taken from it before.
    init(_ places: AsyncSemaphore) { self.places = places }

    /// Gives the place to the next record; a second call does nothing.
    func giveBack() {
        let wasHeld = isHeld.withLock { isHeld in
            defer { isHeld = false }
            return isHeld
        }
        if wasHeld { places.giveBack() }
    }
}
