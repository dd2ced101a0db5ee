internal import CKafka

extension KafkaProducer {
    /// Asks the cluster for a topic's number of partitions. Afterwards this client can send to all of them.
    /// - Throws: if there is no answer within 5 seconds, or no such topic.
    public func partitionCount(of topic: String) async throws(KafkaError) -> Int {
        try await handle.onThread { [handle] () throws(KafkaError) -> Int in
            let what = "the cluster does not describe the topic \(topic)"
            let (count, error) = try unsafe handle.withMetadata(of: .one(topic), within: 5, what) {
                metadata -> (Int, rd_kafka_resp_err_t) in
                guard unsafe metadata.topic_cnt > 0 else { return (0, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) }
                let answer = unsafe metadata.topics[0]
                return unsafe (Int(answer.partition_cnt), answer.err)
            }
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error, what) }
            return count
        }
    }
}
