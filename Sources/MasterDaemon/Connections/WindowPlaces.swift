import Synchronization

/// How many bodies of HTTP/2 may be sent far ahead at once: on one connection, and on all.
final class WindowPlaces: Sendable {
    private let most: Int
    private let all: WindowPlaces?
    private let taken = Mutex(0)

    /// - Parameter all: the places of which each of these takes one as well.
    init(most: Int, of all: WindowPlaces? = nil) {
        self.most = most
        self.all = all
    }

    /// - Returns: whether there was a place.
    func take() -> Bool {
        let isFree = taken.withLock { taken in
            guard taken < most else { return false }
            taken += 1
            return true
        }
        guard isFree else { return false }
        guard let all, !all.take() else { return true }
        taken.withLock { $0 -= 1 }
        return false
    }

    func give() {
        taken.withLock { $0 -= 1 }
        all?.give()
    }
}
