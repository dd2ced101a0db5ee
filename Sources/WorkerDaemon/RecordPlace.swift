import Synchronization
import TileCore

/// The place of one record among those that a worker has in hand.
final class RecordPlace: Sendable {
    private let places: AsyncSemaphore
    private let isHeld = Mutex(true)

    /// - Parameter places: one of them was taken.
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
