internal import CKafka

/// A partition of a topic, with an offset if one is needed.
public struct KafkaPartition: Sendable, Hashable {
    public let topic: String
    public let partition: Int32
    public let offset: Int64

    public init(topic: String, partition: Int32, offset: Int64 = 0) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    /// The partition and offset of a record.
    init(of message: rd_kafka_message_t) {
        unsafe topic = message.rkt.map { unsafe String(cString: rd_kafka_topic_name($0)) } ?? ""
        unsafe partition = message.partition
        unsafe offset = message.offset
    }

    static func all(in list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [KafkaPartition] {
        unsafe (0..<Int(list.pointee.cnt)).map { index in
            let element = unsafe list.pointee.elems[index]
            return unsafe KafkaPartition(
                topic: String(cString: element.topic), partition: element.partition, offset: element.offset)
        }
    }

    /// Calls `body` with a list in librdkafka's form.
    static func withList<R, E: Error>(
        _ partitions: [KafkaPartition],
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) throws(E) -> R
    ) throws(E) -> R {
        guard let list = unsafe rd_kafka_topic_partition_list_new(Int32(partitions.count)) else {
            preconditionFailure("out of memory")
        }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        for partition in partitions {
            let element = unsafe rd_kafka_topic_partition_list_add(list, partition.topic, partition.partition)
            unsafe element?.pointee.offset = partition.offset
        }
        return try unsafe body(list)
    }
}
