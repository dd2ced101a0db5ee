import Synchronization

/// Limits how many HTTP/2 uploads have a large window at once: on one connection, and on all.
final class WindowLimit: Sendable {
    private let most: Int
    private let all: WindowLimit?
    private let taken = Mutex(0)

    /// - Parameter all: the limit of all connections together. Each large window counts there as well.
    init(most: Int, of all: WindowLimit? = nil) {
        self.most = most
        self.all = all
    }

    /// - Returns: whether the limits allow one more large window.
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
