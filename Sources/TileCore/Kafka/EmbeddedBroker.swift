internal import CKafka
public import Logging

/// A Kafka cluster inside this process: librdkafka's mock cluster, on a loopback port that it picks.
///
/// Nothing is on disk, and each partition keeps its newest 5 MiB only, or one record where that is larger. Everything
/// that Tilework has to know about these limits is here.
public final class EmbeddedBroker: Sendable {
    /// Topics cannot grow later, so each has as many partitions from the start as a large local fleet needs.
    public static let partitions = 16

    /// Payload bytes that may wait in one partition without the oldest record being dropped.
    public static let partitionBytes = 4 << 20

    public let configuration: KafkaConfiguration
    private let handle: KafkaHandle
    private let cluster: MockCluster

    /// Starts the cluster with these topics.
    public init(topics: [KafkaTopicSpecification], logger: Logger) throws(KafkaError) {
        handle = try KafkaHandle(RD_KAFKA_PRODUCER, properties: [:], callbacks: KafkaCallbacks(logger: logger))
        cluster = try MockCluster(of: handle)
        for topic in topics {
            let partitions = topic.partitions == 1 ? 1 : max(topic.partitions, Self.partitions)
            let error = unsafe rd_kafka_mock_topic_create(cluster.pointer, topic.name, Int32(partitions), 1)
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                throw KafkaError(error, "the embedded broker cannot make topic \(topic.name)")
            }
        }
        configuration = KafkaConfiguration(
            brokers: cluster.brokers,
            properties: [
                // The broker does not wake a fetch that waits when a record comes: short waits instead.
                "fetch.wait.max.ms": "5",
                // A join waits for the session time-out less one second, so a short session lets workers join soon.
                "session.timeout.ms": "4000",
            ])
    }

    /// Lets the broker refuse connections, or take them again. For tests of what clients do meanwhile.
    public func setDown(_ isDown: Bool) {
        if isDown {
            unsafe rd_kafka_mock_broker_set_down(cluster.pointer, 1)
        } else {
            unsafe rd_kafka_mock_broker_set_up(cluster.pointer, 1)
        }
    }
}

/// The mock cluster, destroyed before the client that it is part of.
@safe
private final class MockCluster: @unchecked Sendable {
    // Sendable: the mock cluster's functions hand their work to its own thread.
    let pointer: OpaquePointer
    private let handle: KafkaHandle

    init(of handle: KafkaHandle) throws(KafkaError) {
        guard let cluster = unsafe rd_kafka_mock_cluster_new(handle.client, 1) else {
            throw KafkaError(.other, "the embedded broker cannot open a port on 127.0.0.1")
        }
        unsafe pointer = cluster
        self.handle = handle
    }

    var brokers: String { unsafe String(cString: rd_kafka_mock_cluster_bootstraps(pointer)) }

    deinit { unsafe rd_kafka_mock_cluster_destroy(pointer) }
}
