internal import CKafka

extension KafkaConsumer {
    /// Adds partitions to those that this consumer reads, from the same start position. Only for consumers without
    /// rebalances (`stored`, `end`, `tail`).
    /// - Throws: if it reads one of them already.
    public func add(_ partitions: [KafkaPartition]) throws(KafkaError) {
        let placed = partitions.map { KafkaPartition(topic: $0.topic, partition: $0.partition, offset: start) }
        let failure = unsafe KafkaPartition.withList(placed) { list -> KafkaError? in
            guard let error = unsafe rd_kafka_incremental_assign(handle.client, list) else { return nil }
            defer { unsafe rd_kafka_error_destroy(error) }
            return unsafe KafkaError(
                rd_kafka_error_code(error), "partitions cannot be added to a consumer",
                detail: String(cString: rd_kafka_error_string(error)))
        }
        if let failure { throw failure }
    }
}
