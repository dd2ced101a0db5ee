internal import DequeModule

/// Tracks which records of each partition are taken and done, so that no offset is stored past an unfinished record.
///
/// Records finish in any order. The offset to store is that of the first record that is not done.
public struct OffsetLedger: Sendable {
    private struct Entry {
        let offset: Int64
        var isDone = false
    }

    /// Taken records in the order of their offsets, from the first that is not done.
    private var partitions: [KafkaPartition: Deque<Entry>] = [:]

    public init() {}

    /// Adds a taken record. Records of a partition are taken in order. If one is delivered again, the partition
    /// restarts from it.
    public mutating func take(topic: String, partition: Int32, offset: Int64) {
        let key = KafkaPartition(topic: topic, partition: partition)
        while let last = partitions[key]?.last, last.offset >= offset { partitions[key]?.removeLast() }
        partitions[key, default: []].append(Entry(offset: offset))
    }

    /// Whether a record was taken and is not done.
    public func isUnfinished(topic: String, partition: Int32, offset: Int64) -> Bool {
        guard let entries = partitions[KafkaPartition(topic: topic, partition: partition)],
            let index = Self.index(of: offset, in: entries)
        else { return false }
        return !entries[index].isDone
    }

    /// Marks a record as done.
    /// - Returns: the offset to store, if it has risen.
    public mutating func finish(topic: String, partition: Int32, offset: Int64) -> Int64? {
        let key = KafkaPartition(topic: topic, partition: partition)
        guard let index = partitions[key].flatMap({ Self.index(of: offset, in: $0) }) else { return nil }
        partitions[key]?[index].isDone = true
        var next: Int64?
        while let first = partitions[key]?.first, first.isDone {
            next = first.offset + 1
            partitions[key]?.removeFirst()
        }
        return next
    }

    /// A binary search, because the list can be long: all records after an unfinished one are kept.
    private static func index(of offset: Int64, in entries: Deque<Entry>) -> Int? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].offset == offset ? low : nil
    }

    /// Forgets a revoked partition. Its next owner repeats the unfinished records.
    public mutating func forget(topic: String, partition: Int32) {
        partitions[KafkaPartition(topic: topic, partition: partition)] = nil
    }

    /// The number of records that were taken and are not done.
    public var unfinishedCount: Int { partitions.values.reduce(0) { $0 + $1.count { !$0.isDone } } }
}
