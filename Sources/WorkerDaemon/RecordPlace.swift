import Synchronization
import TileCore

/// A record's place among the limited number of records that a worker takes at once.
final class RecordPlace: Sendable {
    private let places: AsyncSemaphore
    private let isHeld = Mutex(true)

    /// - Parameter places: the semaphore from which the caller has taken the place.
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
