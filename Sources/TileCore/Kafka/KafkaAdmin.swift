internal import CKafka
public import Logging

/// Describes, creates and extends topics. Every call waits for the cluster's answer, at most `timeout` seconds.
public final class KafkaAdmin: Sendable {
    let handle: KafkaHandle
    private let callbacks: KafkaCallbacks
    private let timeout: Double

    public init(_ configuration: KafkaConfiguration, timeout: Double = 15, logger: Logger) throws(KafkaError) {
        self.timeout = timeout
        callbacks = KafkaCallbacks(logger: logger)
        handle = try KafkaHandle(
            RD_KAFKA_PRODUCER,
            properties: configuration.over(KafkaLimits.connectionDefaults), callbacks: callbacks)
    }

    /// The number of partitions of every topic, by topic name.
    public func partitionCounts() async throws(KafkaError) -> [String: Int] {
        try await onThread { [self] () throws(KafkaError) in
            do throws(KafkaError) {
                return try unsafe handle.withMetadata(
                    of: .all, within: timeout, "the cluster does not describe its topics"
                ) { metadata in
                    var counts: [String: Int] = [:]
                    for index in 0..<Int(unsafe metadata.topic_cnt) {
                        let topic = unsafe metadata.topics[index]
                        unsafe counts[String(cString: topic.topic)] = Int(topic.partition_cnt)
                    }
                    return counts
                }
            } catch {
                // The poll delivers errors of connections to the callbacks.
                unsafe _ = rd_kafka_poll(handle.client, 0)
                guard error.code == .timedOut, let cause = callbacks.cause else { throw error }
                throw KafkaError(.timedOut, "\(error.reason) (\(cause))")
            }
        }
    }

    /// Creates a topic with the cluster's default replication. Leaves an existing topic as it is.
    /// - Parameter isTrial: the cluster only validates the request.
    public func create(_ topic: KafkaTopicSpecification, isTrial: Bool = false) async throws(KafkaError) {
        try await onThread { [self] () throws(KafkaError) in
            let reason = ReasonBuffer()
            guard
                let request = unsafe rd_kafka_NewTopic_new(
                    topic.name, Int32(topic.partitions), -1, reason.base, reason.count)
            else { throw KafkaError(.other, "topic \(topic.name): \(reason.text)") }
            defer { unsafe rd_kafka_NewTopic_destroy(request) }
            for (name, value) in topic.settings { unsafe rd_kafka_NewTopic_set_config(request, name, value) }
            var requests: [OpaquePointer?] = unsafe [request]
            let what = "topic \(topic.name) cannot be made"
            try unsafe ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, what, isTrial: isTrial) { options, queue in
                unsafe rd_kafka_CreateTopics(handle.client, &requests, 1, options, queue)
            } read: { event throws(KafkaError) in
                var count = 0
                let results = unsafe rd_kafka_CreateTopics_result_topics(
                    rd_kafka_event_CreateTopics_result(event), &count)
                try unsafe check(results, count, what, unless: RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            }
        }
    }

    /// Adds partitions to a topic until it has this many. Does nothing if it has as many or more.
    /// - Parameter isTrial: the cluster only validates the request.
    public func grow(_ topic: String, to partitions: Int, isTrial: Bool = false) async throws(KafkaError) {
        try await onThread { [self] () throws(KafkaError) in
            let reason = ReasonBuffer()
            guard
                let request = unsafe rd_kafka_NewPartitions_new(topic, partitions, reason.base, reason.count)
            else { throw KafkaError(.other, "topic \(topic): \(reason.text)") }
            defer { unsafe rd_kafka_NewPartitions_destroy(request) }
            var requests: [OpaquePointer?] = unsafe [request]
            let what = "topic \(topic) cannot have \(partitions) partitions"
            try unsafe ask(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, what, isTrial: isTrial) { options, queue in
                unsafe rd_kafka_CreatePartitions(handle.client, &requests, 1, options, queue)
            } read: { event throws(KafkaError) in
                var count = 0
                let results = unsafe rd_kafka_CreatePartitions_result_topics(
                    rd_kafka_event_CreatePartitions_result(event), &count)
                // The error means that the topic has as many or more: another client was faster.
                try unsafe check(results, count, what, unless: RD_KAFKA_RESP_ERR_INVALID_PARTITIONS)
            }
        }
    }

    /// Throws the error that the cluster reports for the request's only topic, unless it is `harmless`.
    private func check(
        _ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ what: String,
        unless harmless: rd_kafka_resp_err_t
    ) throws(KafkaError) {
        guard count > 0, let result = unsafe results?[0] else { return }
        let error = unsafe rd_kafka_topic_result_error(result)
        let detail = unsafe rd_kafka_topic_result_error_string(result).map { unsafe String(cString: $0) }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR || error == harmless else {
            throw KafkaError(error, what, detail: detail)
        }
    }

    /// The settings of a topic, by Kafka's own names.
    public func settings(ofTopic name: String) async throws(KafkaError) -> [String: String] {
        try await onThread { [self] () throws(KafkaError) in
            guard let resource = unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name) else {
                throw KafkaError(.other, "'\(name)' is no topic name")
            }
            defer { unsafe rd_kafka_ConfigResource_destroy(resource) }
            var resources: [OpaquePointer?] = unsafe [resource]
            var settings: [String: String] = [:]
            let what = "the settings of topic \(name) cannot be read"
            try unsafe ask(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, what) { options, queue in
                unsafe rd_kafka_DescribeConfigs(handle.client, &resources, 1, options, queue)
            } read: { event throws(KafkaError) in
                var count = 0
                let results = unsafe rd_kafka_DescribeConfigs_result_resources(
                    rd_kafka_event_DescribeConfigs_result(event), &count)
                guard count > 0, let result = unsafe results?[0] else { return }
                let error = unsafe rd_kafka_ConfigResource_error(result)
                guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error, what) }
                var entryCount = 0
                let entries = unsafe rd_kafka_ConfigResource_configs(result, &entryCount)
                for index in 0..<entryCount {
                    guard let entry = unsafe entries?[index], let name = unsafe rd_kafka_ConfigEntry_name(entry),
                        let value = unsafe rd_kafka_ConfigEntry_value(entry)
                    else { continue }
                    unsafe settings[String(cString: name)] = String(cString: value)
                }
            }
            return settings
        }
    }

    /// Throws if the cluster has no controller. librdkafka would wait for one, and the embedded broker names a
    /// controller that does not exist.
    private func requireController(_ what: String) throws(KafkaError) {
        let isMissing = try unsafe handle.withMetadata(of: .known, within: timeout, what) { metadata in
            let controller = unsafe rd_kafka_controllerid(handle.client, 0)
            let brokers = unsafe (0..<Int(metadata.broker_cnt)).map { unsafe metadata.brokers[$0].id }
            return controller >= 0 && !brokers.contains(controller)
        }
        guard !isMissing else { throw KafkaError(.unsupported, "\(what): the cluster has no controller") }
    }

    /// Sends one administration request and reads its answer.
    func ask(
        _ operation: rd_kafka_admin_op_t, _ what: String, isTrial: Bool = false,
        _ send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void,
        read: (_ event: OpaquePointer) throws(KafkaError) -> Void
    ) throws(KafkaError) {
        try requireController(what)
        let milliseconds = Int32(timeout * 1000)
        let options = unsafe rd_kafka_AdminOptions_new(handle.client, operation)
        let queue = unsafe rd_kafka_queue_new(handle.client)
        defer {
            unsafe rd_kafka_queue_destroy(queue)
            unsafe rd_kafka_AdminOptions_destroy(options)
        }
        unsafe rd_kafka_AdminOptions_set_request_timeout(options, milliseconds, nil, 0)
        if isTrial { unsafe _ = rd_kafka_AdminOptions_set_validate_only(options, 1, nil, 0) }
        unsafe send(options, queue)
        guard let event = unsafe rd_kafka_queue_poll(queue, milliseconds + 1000) else {
            throw KafkaError(.timedOut, "\(what): no answer within \(Int(timeout)) s")
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        let error = unsafe rd_kafka_event_error(event)
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let detail = unsafe rd_kafka_event_error_string(event).map { unsafe String(cString: $0) }
            throw KafkaError(error, what, detail: detail)
        }
        try unsafe read(event)
    }

    func onThread<R: Sendable>(
        _ body: @escaping @Sendable () throws(KafkaError) -> R
    ) async throws(KafkaError) -> R {
        try await handle.onThread { [handle] () throws(KafkaError) -> R in
            // The poll delivers errors of connections to the callbacks.
            defer { unsafe _ = rd_kafka_poll(handle.client, 0) }
            return try body()
        }
    }
}
