import Synchronization

/// How much may wait for the topic of dead letters without a place among the records in hand, so that garbage does not
/// stop a worker while that topic has no leader. What is beyond keeps its place.
final class DeadLetterCapacity: Sendable {
    private let free: Mutex<(records: Int, bytes: Int)>

    init(records: Int = 1000, bytes: Int = 64 << 20) { free = Mutex((records, bytes)) }

    /// - Returns: whether there is capacity for a record of so many bytes; it is to be given back then.
    func take(_ bytes: Int) -> Bool {
        free.withLock { free in
            guard free.records > 0, free.bytes >= bytes else { return false }
            free = (free.records - 1, free.bytes - bytes)
            return true
        }
    }

    func giveBack(_ bytes: Int) { free.withLock { $0 = ($0.records + 1, $0.bytes + bytes) } }
}
