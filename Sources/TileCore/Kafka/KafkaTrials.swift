internal import CKafka
internal import Logging

/// Finds out a client's rights by requests that change nothing. The cluster checks the rights first, and then refuses
/// the request for another reason.
///
/// Only for clusters with a controller: an embedded broker might carry out the requests.
final class KafkaTrials: Sendable {
    /// A partition number that no topic has.
    private static let noPartition: Int32 = 1_000_000

    private let configuration: KafkaConfiguration
    private let admin: KafkaAdmin
    private let timeout: Double
    private let logger: Logger

    /// - Parameter timeout: seconds for each answer.
    init(_ configuration: KafkaConfiguration, timeout: Double, logger: Logger) throws(KafkaError) {
        self.configuration = configuration
        self.timeout = timeout
        self.logger = logger
        admin = try KafkaAdmin(configuration, timeout: timeout, logger: logger)
    }

    func settings(of topic: String) async throws(KafkaError) -> [String: String] {
        try await admin.settings(ofTopic: topic)
    }

    func answer(_ right: KafkaRight) async -> KafkaRight.Answer {
        do throws(KafkaError) {
            switch right {
            case .describe(let topic), .describeConfigs(let topic): _ = try await admin.settings(ofTopic: topic)
            case .create(let topic):
                try await admin.create(KafkaTopicSpecification(name: topic, partitions: 1), isTrial: true)
            // The topic has at least one partition, and the cluster notices this after it has checked the right.
            case .alter(let topic): try await admin.grow(topic, to: 1, isTrial: true)
            case .write(let topic): try await tryToWrite(topic)
            case .read(let topic): try await tryToRead(topic)
            case .commit(let group, let topic): try await tryToCommit(group, topic)
            case .describeGroup(let group): try await admin.describe(group: group)
            }
            return .granted
        } catch {
            return Self.meaning(of: error)
        }
    }

    /// What an error tells about the right.
    static func meaning(of error: KafkaError) -> KafkaRight.Answer {
        switch error.code {
        case .authorization: .denied
        case .timedOut, .unsupported, .configuration, .authentication, .closed: .unknown(reason: error.reason)
        // The cluster got past its check of the rights.
        case .unknownTopic, .unknownPartition, .topicExists, .recordTooLarge, .other:
            error.number > 0 ? .granted : .unknown(reason: error.reason)
        }
    }

    /// Sends a record with an invalid number of acknowledgements. Kafka accepts only 0, 1 and -1, and appends nothing
    /// otherwise (`INVALID_REQUIRED_ACKS`).
    private func tryToWrite(_ topic: String) async throws(KafkaError) {
        var configuration = configuration
        configuration["acks"] = "2"
        configuration["enable.idempotence"] = "false"
        configuration["retries"] = "0"
        configuration["message.timeout.ms"] = "\(Int(timeout * 1000))"
        let producer = try KafkaProducer(configuration, logger: logger)
        let outcome: Result<Void, KafkaError>
        do throws(KafkaError) {
            try await producer.send(KafkaRecord(topic: topic, partition: 0, payload: OwnedBytes(count: 0)))
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await producer.close(within: 0)
        try outcome.get()
    }

    /// Reads the first partition from its end, without a group, until the cluster answers.
    private func tryToRead(_ topic: String) async throws(KafkaError) {
        let handle = try consumer(KafkaConsumer.noGroup)
        try await handle.onThread { [timeout] () throws(KafkaError) in
            let what = "the topic \(topic) cannot be read"
            let place = [KafkaPartition(topic: topic, partition: 0, offset: TW_KAFKA_OFFSET_END)]
            let error = unsafe KafkaPartition.withList(place) { unsafe rd_kafka_assign(handle.client, $0) }
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error, what) }
            defer { unsafe _ = rd_kafka_consumer_close(handle.client) }
            let end = ContinuousClock.now + .seconds(timeout)
            while ContinuousClock.now < end {
                guard let message = unsafe rd_kafka_consumer_poll(handle.client, 100) else { continue }
                let error = unsafe message.pointee.err
                unsafe rd_kafka_message_destroy(message)
                guard error != RD_KAFKA_RESP_ERR_NO_ERROR, error != RD_KAFKA_RESP_ERR__PARTITION_EOF else { return }
                // Negative numbers are librdkafka's own errors, such as lost connections; the client retries.
                if error.rawValue > 0 { throw KafkaError(error, what) }
            }
            throw KafkaError(.timedOut, "\(what): no answer within \(Int(timeout)) s")
        }
    }

    /// Commits an offset for a partition that does not exist. The cluster refuses it after it has checked the right.
    private func tryToCommit(_ group: String, _ topic: String) async throws(KafkaError) {
        // Checked first, because without this right the commit would wait for the group's coordinator for ever.
        try await admin.describe(group: group)
        let handle = try consumer(group)
        try await handle.onThread { [timeout] () throws(KafkaError) in
            let what = "the group \(group) takes no offsets"
            let queue = unsafe rd_kafka_queue_new(handle.client)
            defer { unsafe rd_kafka_queue_destroy(queue) }
            let place = [KafkaPartition(topic: topic, partition: Self.noPartition, offset: 0)]
            let error = unsafe KafkaPartition.withList(place) {
                unsafe rd_kafka_commit_queue(handle.client, $0, queue, nil, nil)
            }
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error, what) }
            defer { unsafe _ = rd_kafka_consumer_close(handle.client) }
            let end = ContinuousClock.now + .seconds(timeout)
            while ContinuousClock.now < end {
                // Serves the client's other events.
                unsafe _ = rd_kafka_poll(handle.client, 0)
                guard let event = unsafe rd_kafka_queue_poll(queue, 100) else { continue }
                defer { unsafe rd_kafka_event_destroy(event) }
                let error = unsafe rd_kafka_event_error(event)
                guard error != RD_KAFKA_RESP_ERR_NO_ERROR else {
                    try unsafe Self.check(rd_kafka_event_topic_partition_list(event), what)
                    return
                }
                throw KafkaError(error, what)
            }
            throw KafkaError(.timedOut, "\(what): no answer within \(Int(timeout)) s")
        }
    }

    /// - Throws: the cluster's error for the only partition of the list.
    private static func check(
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?, _ what: String
    ) throws(KafkaError) {
        guard let list = unsafe list, unsafe list.pointee.cnt > 0 else { return }
        let error = unsafe list.pointee.elems[0].err
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { throw KafkaError(error, what) }
    }

    private func consumer(_ group: String) throws(KafkaError) -> KafkaHandle {
        var properties = configuration.over(KafkaConsumer.defaults)
        properties["group.id"] = group
        properties["enable.auto.commit"] = "false"
        properties["enable.partition.eof"] = "true"
        let handle = try KafkaHandle(
            RD_KAFKA_CONSUMER, properties: properties, callbacks: KafkaCallbacks(logger: logger))
        unsafe rd_kafka_poll_set_consumer(handle.client)
        return handle
    }
}
