internal import Synchronization

/// The partitions that a group gave to a consumer and whose end the consumer has not reached since. Somebody may have
/// tried what lies in them.
final class KafkaBacklog: Sendable {
    /// Where each ends: the first offset behind it, or `unknown` until a first record comes.
    private let ends = Mutex<[KafkaPartition: Int64]>([:])
    private static let unknown = Int64.max

    func begin(_ partitions: [KafkaPartition]) {
        ends.withLock { ends in
            for partition in partitions { ends[Self.key(partition)] = Self.unknown }
        }
    }

    /// The end is reached, or the partitions belong to someone else.
    func end(_ partitions: [KafkaPartition]) {
        ends.withLock { ends in
            for partition in partitions { ends[Self.key(partition)] = nil }
        }
    }

    /// Whether a record belongs to the backlog. Records of a partition come in order.
    ///
    /// Where they never stop coming, no poll ever finds the end. So the end is what it was at the first record.
    /// - Parameter currentEnd: the offset behind the partition's last record.
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
