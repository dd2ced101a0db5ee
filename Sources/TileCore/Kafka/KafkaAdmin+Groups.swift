internal import CKafka

extension KafkaAdmin {
    /// Asks for the description of a group, with or without members.
    /// - Throws: with the code `authorization` if this client has no right to describe it.
    func describe(group: String) async throws(KafkaError) {
        try await onThread { [self] () throws(KafkaError) in
            let what = "the group \(group) cannot be looked at"
            try unsafe ask(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, what) { options, queue in
                unsafe group.withCString { name in
                    var names: [UnsafePointer<CChar>?] = unsafe [name]
                    unsafe rd_kafka_DescribeConsumerGroups(handle.client, &names, 1, options, queue)
                }
            } read: { event throws(KafkaError) in
                var count = 0
                let results = unsafe rd_kafka_DescribeConsumerGroups_result_groups(
                    rd_kafka_event_DescribeConsumerGroups_result(event), &count)
                guard count > 0, let result = unsafe results?[0],
                    let error = unsafe rd_kafka_ConsumerGroupDescription_error(result)
                else { return }
                let code = unsafe rd_kafka_error_code(error)
                if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(code, what) }
            }
        }
    }
}
