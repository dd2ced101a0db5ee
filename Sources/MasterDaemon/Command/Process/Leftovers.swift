import Synchronization

/// What has to be removed if the process ends at once.
final class Leftovers: Sendable {
    private let entries = Mutex<(next: Int, removals: [Int: @Sendable () -> Void])>((0, [:]))

    /// - Parameter removal: does nothing harmful if it is called late or twice.
    func add(_ removal: @escaping @Sendable () -> Void) -> Int {
        entries.withLock { entries in
            entries.next += 1
            entries.removals[entries.next] = removal
            return entries.next
        }
    }

    /// It is gone in order.
    func remove(_ entry: Int) { _ = entries.withLock { $0.removals.removeValue(forKey: entry) } }

    func removeAll() {
        for removal in entries.withLock({ $0.removals.values.map { $0 } }) { removal() }
    }
}
