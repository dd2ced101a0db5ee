internal import CKafka
internal import Logging

/// Finds out what a cluster lets a client do, by requests that change nothing: the cluster looks at the rights first, and
/// then finds another reason to do nothing.
///
/// For clusters with a controller: an embedded broker might do what it is asked.
final class KafkaTrials: Sendable {
    /// No topic has so many partitions.
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
            // It has as many, which is looked at after the right.
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

    /// What an error says of the right that was tried.
    static func meaning(of error: KafkaError) -> KafkaRight.Answer {
        switch error.code {
        case .authorization: .denied
        case .timedOut, .unsupported, .configuration, .authentication, .closed: .unknown(reason: error.reason)
        // The cluster has looked further than the rights.
        case .unknownTopic, .unknownPartition, .topicExists, .recordTooLarge, .other:
            error.number > 0 ? .granted : .unknown(reason: error.reason)
        }
    }

    /// Sends a record with a number of acknowledgements that Kafka does not know (`INVALID_REQUIRED_ACKS`): it takes 0, 1
    /// and -1, and appends nothing otherwise.
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

    /// Reads from the end of the first partition, outside of any group, until the cluster says that nothing is there.
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
                // Connections come and go.
                if error.rawValue > 0 { throw KafkaError(error, what) }
            }
            throw KafkaError(.timedOut, "\(what): no answer within \(Int(timeout)) s")
        }
    }

    /// Commits an offset of a partition that is not there, which the cluster refuses after a look at the rights.
    private func tryToCommit(_ group: String, _ topic: String) async throws(KafkaError) {
        // Without this right a client waits for the group's coordinator for ever.
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
                // What else the client has to do comes with its own poll.
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

    /// - Throws: what the cluster says of the one partition.
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
