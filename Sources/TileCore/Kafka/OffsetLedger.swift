/// Which records of each partition are taken and which of these are done, so that no offset is stored past a record
/// that is not.
///
/// Records finish in any order; the offset to store is behind the last of those that are done without a gap before.
public struct OffsetLedger: Sendable {
    private struct Entry {
        let offset: Int64
        var isDone = false
    }

    private var partitions: [KafkaPartition: [Entry]] = [:]

    public init() {}

    /// A record was taken. Records of a partition are taken in order; one that comes again starts its partition anew
    /// from there.
    public mutating func take(topic: String, partition: Int32, offset: Int64) {
        let key = KafkaPartition(topic: topic, partition: partition)
        partitions[key, default: []].removeAll { $0.offset >= offset }
        partitions[key, default: []].append(Entry(offset: offset))
    }

    /// Whether a record was taken and is not done.
    public func isInHand(topic: String, partition: Int32, offset: Int64) -> Bool {
        partitions[KafkaPartition(topic: topic, partition: partition)]?
            .contains { $0.offset == offset && !$0.isDone } ?? false
    }

    /// A record is done. Returns the offset to store if the front moved: that of the next record to read.
    public mutating func finish(topic: String, partition: Int32, offset: Int64) -> Int64? {
        let key = KafkaPartition(topic: topic, partition: partition)
        guard var entries = partitions[key], let index = entries.firstIndex(where: { $0.offset == offset }) else {
            return nil
        }
        entries[index].isDone = true
        let done = entries.prefix { $0.isDone }
        entries.removeFirst(done.count)
        partitions[key] = entries
        return done.last.map { $0.offset + 1 }
    }

    /// The partition belongs to someone else now: what is in hand will be done again there.
    public mutating func forget(topic: String, partition: Int32) {
        partitions[KafkaPartition(topic: topic, partition: partition)] = nil
    }

    /// Records taken and not done.
    public var inHand: Int { partitions.values.reduce(0) { $0 + $1.count { !$0.isDone } } }
}
