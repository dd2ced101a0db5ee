internal import CKafka
internal import Logging

/// Reads the lag of a consumer group, without being a member of it.
public final class KafkaLagReader: Sendable {
    /// Seconds for each request.
    private static let timeout = 5.0

    private let handle: KafkaHandle
    private let group: String

    /// The client logs nothing; the caller logs changes.
    public init(_ configuration: KafkaConfiguration, group: String) throws(KafkaError) {
        self.group = group
        var properties = configuration.over(KafkaLimits.connectionDefaults)
        properties["group.id"] = group
        properties["enable.auto.commit"] = "false"
        handle = try KafkaHandle(
            RD_KAFKA_CONSUMER, properties: properties,
            callbacks: KafkaCallbacks(logger: Logger(label: "kafka-lag") { _ in SwiftLogNoOpLogHandler() }))
    }

    /// The number of records after the group's committed offsets. Partitions without a commit count with all their
    /// records.
    public func lag(of topic: String) async throws(KafkaError) -> Int {
        try await handle.onThread { [self] () throws(KafkaError) in
            // The poll delivers errors of connections to the callbacks.
            defer { unsafe _ = rd_kafka_poll(handle.client, 0) }
            let what = "the lag of \(group) in \(topic) cannot be read"
            let count = try unsafe handle.withMetadata(of: .one(topic), within: Self.timeout, what) { metadata in
                unsafe metadata.topic_cnt > 0 ? unsafe Int(metadata.topics[0].partition_cnt) : 0
            }
            let all = (0..<Int32(count)).map { KafkaPartition(topic: topic, partition: $0) }
            let ends = try offsets(at: TW_KAFKA_OFFSET_END, all, what)
            var done = try committed(all, what)
            let fresh = all.filter { done[$0.partition] == nil }
            if !fresh.isEmpty {
                done.merge(try offsets(at: TW_KAFKA_OFFSET_BEGINNING, fresh, what)) { known, _ in known }
            }
            return ends.reduce(0) { $0 + Int(max(0, $1.value - (done[$1.key] ?? $1.value))) }
        }
    }

    /// The first offset of each partition or the one after its last record, as `place` says.
    private func offsets(
        at place: Int64, _ partitions: [KafkaPartition], _ what: String
    ) throws(KafkaError) -> [Int32: Int64] {
        let wanted = partitions.map { KafkaPartition(topic: $0.topic, partition: $0.partition, offset: place) }
        return try unsafe KafkaPartition.withList(wanted) { list throws(KafkaError) in
            let error = unsafe rd_kafka_offsets_for_times(handle.client, list, Int32(Self.timeout * 1000))
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error, what) }
            return unsafe Self.known(list)
        }
    }

    private func committed(_ partitions: [KafkaPartition], _ what: String) throws(KafkaError) -> [Int32: Int64] {
        try unsafe KafkaPartition.withList(partitions) { list throws(KafkaError) in
            let error = unsafe rd_kafka_committed(handle.client, list, Int32(Self.timeout * 1000))
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error, what) }
            return unsafe Self.known(list)
        }
    }

    private static func known(
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) -> [Int32: Int64] {
        let found = unsafe KafkaPartition.all(in: list).filter { $0.offset >= 0 }
        return Dictionary(found.map { ($0.partition, $0.offset) }) { $1 }
    }
}
