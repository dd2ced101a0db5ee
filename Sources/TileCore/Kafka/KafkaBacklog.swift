internal import Synchronization

/// The backlogs of a consumer's partitions: the records that were there when the group assigned the partition. Another
/// member may have tried them before.
final class KafkaBacklog: Sendable {
    /// The end offset of each backlog (exclusive), or `unknown` until the first record arrives.
    private let ends = Mutex<[KafkaPartition: Int64]>([:])
    private static let unknown = Int64.max

    func begin(_ partitions: [KafkaPartition]) {
        ends.withLock { ends in
            for partition in partitions { ends[Self.key(partition)] = Self.unknown }
        }
    }

    /// Ends the backlogs of partitions whose end is reached, or that were revoked.
    func end(_ partitions: [KafkaPartition]) {
        ends.withLock { ends in
            for partition in partitions { ends[Self.key(partition)] = nil }
        }
    }

    /// Whether a record belongs to the backlog. Call it for the records of a partition in order.
    ///
    /// The backlog ends where the partition ended when its first record arrived. The event for a reached end is not
    /// enough, because it never comes while new records keep arriving.
    /// - Parameter currentEnd: the offset after the partition's last record.
    func contains(_ record: KafkaPartition, currentEnd: () -> Int64) -> Bool {
        let key = Self.key(record)
        return ends.withLock { ends in
            guard let known = ends[key] else { return false }
            let end = known == Self.unknown ? max(currentEnd(), record.offset + 1) : known
            ends[key] = record.offset + 1 < end ? end : nil
            return record.offset < end
        }
    }

    private static func key(_ place: KafkaPartition) -> KafkaPartition {
        KafkaPartition(topic: place.topic, partition: place.partition)
    }
}
