internal import CKafka
internal import Logging

/// Asks a cluster once for its brokers and topics. Joins no group and creates no topic.
final class KafkaInquiry: Sendable {
    /// A topic as a client sees it.
    enum TopicState: Sendable, Hashable {
        case missing
        case forbidden
        /// - Parameters:
        ///   - leaderless: the number of partitions without a leader; they can be neither read nor written.
        ///   - replicas: the replicas of the partition with the fewest.
        case there(partitions: Int, leaderless: Int, replicas: Int)
        case other(reason: String)
    }

    struct Broker: Sendable, Hashable {
        let id: Int32
        let host: String
        let port: Int32

        var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    struct Answer: Sendable {
        let brokers: [Broker]
        /// Whether the cluster has a controller, which administration needs. An embedded broker names one that does not
        /// exist.
        let hasController: Bool
        /// The requested topics, by name.
        let topics: [String: TopicState]
    }

    private let handle: KafkaHandle
    private let callbacks: KafkaCallbacks
    private let names: [String]

    /// - Throws: if a property is unknown.
    init(_ configuration: KafkaConfiguration, topics: [String]) throws(KafkaError) {
        names = topics
        callbacks = KafkaCallbacks(logger: Logger(label: "kafka-inquiry") { _ in SwiftLogNoOpLogHandler() })
        // Metadata requests of a consumer create no topics.
        handle = try KafkaHandle(
            RD_KAFKA_CONSUMER, properties: configuration.over(KafkaConsumer.defaults), callbacks: callbacks)
    }

    /// - Parameter seconds: how long to wait for an answer.
    /// - Throws: the reason if no broker answers, with the code `authentication` if one refuses the credentials.
    func ask(within seconds: Double) async throws(KafkaError) -> Answer {
        try await handle.onThread { [self] () throws(KafkaError) in
            var topics: [OpaquePointer] = unsafe []
            defer { while let topic = unsafe topics.popLast() { unsafe rd_kafka_topic_destroy(topic) } }
            for name in names {
                if let topic = unsafe rd_kafka_topic_new(handle.client, name, nil) { unsafe topics.append(topic) }
            }
            do throws(KafkaError) {
                return try unsafe handle.withMetadata(of: .known, within: seconds, "no answer") { metadata in
                    unsafe Self.answer(metadata, controller: rd_kafka_controllerid(handle.client, 0))
                }
            } catch {
                // The poll delivers errors of connections to the callbacks.
                unsafe _ = rd_kafka_poll(handle.client, 0)
                throw KafkaError(callbacks.causeCode ?? .timedOut, callbacks.cause ?? error.reason)
            }
        }
    }

    private static func answer(_ metadata: rd_kafka_metadata, controller: Int32) -> Answer {
        let brokers = unsafe (0..<Int(metadata.broker_cnt)).map { index in
            let broker = unsafe metadata.brokers[index]
            return unsafe Broker(id: broker.id, host: String(cString: broker.host), port: broker.port)
        }
        var topics: [String: TopicState] = [:]
        for index in 0..<Int(unsafe metadata.topic_cnt) {
            let topic = unsafe metadata.topics[index]
            unsafe topics[String(cString: topic.topic)] = state(of: topic)
        }
        return Answer(brokers: brokers, hasController: brokers.contains { $0.id == controller }, topics: topics)
    }

    private static func state(of topic: rd_kafka_metadata_topic) -> TopicState {
        switch unsafe topic.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE: break
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED: return .forbidden
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return .missing
        default: return unsafe .other(reason: String(cString: rd_kafka_err2str(topic.err)))
        }
        let count = unsafe Int(topic.partition_cnt)
        guard count > 0 else { return .missing }
        let partitions = (0..<count).map { index in
            let partition = unsafe topic.partitions[index]
            return unsafe (leader: partition.leader, replicas: Int(partition.replica_cnt))
        }
        return .there(
            partitions: count, leaderless: partitions.count { $0.leader < 0 },
            replicas: partitions.map(\.replicas).min() ?? 0)
    }
}
