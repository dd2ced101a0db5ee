import Synchronization

/// Limits the records that wait for the topic of dead letters without a `RecordPlace`. Such records do not stop the
/// worker while that topic has no leader. Records beyond the limit keep their places.
final class DeadLetterCapacity: Sendable {
    private let free: Mutex<(records: Int, bytes: Int)>

    init(records: Int = 1000, bytes: Int = 64 << 20) { free = Mutex((records, bytes)) }

    /// Takes capacity for a record of this many bytes.
    /// - Returns: false if there is not enough; then nothing is to be given back.
    func take(_ bytes: Int) -> Bool {
        free.withLock { free in
            guard free.records > 0, free.bytes >= bytes else { return false }
            free = (free.records - 1, free.bytes - bytes)
            return true
        }
    }

    func giveBack(_ bytes: Int) { free.withLock { $0 = ($0.records + 1, $0.bytes + bytes) } }
}
