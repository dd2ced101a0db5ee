internal import CKafka
internal import Foundation
internal import Glibc
public import Logging

/// A Kafka cluster inside this process: librdkafka's mock cluster, on a loopback port that it picks.
///
/// Nothing is on disk, and each partition keeps its newest 5 MiB only, or one record if that is larger. Everything
/// that Tilework has to know about these limits is here.
public final class EmbeddedBroker: Sendable {
    /// Topics cannot grow later, so each has as many partitions from the start as a local fleet needs: 8, and one for each
    /// core. Each comes to take 5 MiB of memory; with fewer a fetch brings fewer records
    /// (`docs/decisions/0036-canvases-are-used-again.md`).
    public static let partitions = max(8, ProcessInfo.processInfo.activeProcessorCount)

    /// Payload bytes that may wait in one partition without the oldest record being dropped.
    public static let partitionBytes = 4 << 20

    /// Bytes for a record without pixels. At each fetch the broker looks through what a partition keeps, from the oldest
    /// on, and misses the processor's caches at each record: many small ones take longer than a tile
    /// (`docs/decisions/0036-canvases-are-used-again.md`).
    public static let filler = [UInt8](repeating: 0, count: 32 << 10)

    public let configuration: KafkaConfiguration
    private let handle: KafkaHandle
    private let cluster: MockCluster

    /// Starts the cluster with these topics.
    /// - Parameters:
    ///   - groups: the consumer groups whose members share partitions.
    ///   - partitions: for each topic that is to have more than one.
    public init(
        topics: [KafkaTopicSpecification], groups: [String] = [], partitions: Int = EmbeddedBroker.partitions,
        logger: Logger
    ) throws(KafkaError) {
        handle = try KafkaHandle(RD_KAFKA_PRODUCER, properties: [:], callbacks: KafkaCallbacks(logger: logger))
        cluster = try MockCluster(of: handle)
        for group in groups { cluster.coordinate(group) }
        for topic in topics {
            let count = topic.partitions == 1 ? 1 : max(topic.partitions, partitions)
            try cluster.makeTopic(topic.name, partitions: Int32(count))
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
    public func setDown(_ isDown: Bool) { cluster.setDown(isDown) }

    /// Takes the leader from all partitions of a topic, or gives it back: nobody can write or read there meanwhile. For
    /// tests.
    public func setLeader(of topic: String, partitions: Int, isThere: Bool) {
        cluster.setLeader(of: topic, partitions: Int32(partitions), isThere: isThere)
    }
}

/// The mock cluster, destroyed before the client that it is part of.
@safe
private final class MockCluster: @unchecked Sendable {
    // Sendable: the mock cluster's functions hand their work to its own thread.
    private let pointer: OpaquePointer
    private let handle: KafkaHandle

    /// The broker that has all partitions, and the one that has the groups.
    private static let leader: Int32 = 1
    private static let coordinator: Int32 = 2

    init(of handle: KafkaHandle) throws(KafkaError) {
        guard let cluster = unsafe rd_kafka_mock_cluster_new(handle.client, 2) else {
            throw KafkaError(.other, "the embedded broker cannot open a port on 127.0.0.1")
        }
        unsafe pointer = cluster
        self.handle = handle
        // Fetch, 1, up to version 4. From 11 on a broker sends readers away to the partition's follower. From 5 on it
        // names the start of the partition, here the follower's, which is none: a reader behind the oldest record that
        // is kept would go back to it again and again.
        command { unsafe rd_kafka_mock_set_apiversion(cluster, 1, 0, 4) }
        // ListOffsets, 2, up to version 3. From 4 on a request has an epoch more for each partition, which librdkafka
        // 2.0.2 does not read: it takes the connection's bytes for something else, and ends it.
        command { unsafe rd_kafka_mock_set_apiversion(cluster, 2, 0, 3) }
    }

    /// Makes a topic whose partitions keep the newest record readable, however large.
    ///
    /// Where a record drives out all older ones, librdkafka 2.0.2 moves the start of the partition past the record
    /// itself (`rd_kafka_mock_msgset_new`), and readers never get it. A broker that is also the partition's follower
    /// goes by the follower's start instead, which can be fixed at 0.
    func makeTopic(_ name: String, partitions: Int32) throws(KafkaError) {
        let error = command { unsafe rd_kafka_mock_topic_create(pointer, name, partitions, 2) }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaError(error, "the embedded broker cannot make topic \(name)")
        }
        for partition in 0..<partitions {
            command { unsafe rd_kafka_mock_partition_set_leader(pointer, name, partition, Self.leader) }
            command { unsafe rd_kafka_mock_partition_set_follower(pointer, name, partition, Self.leader) }
            command { unsafe rd_kafka_mock_partition_set_follower_wmarks(pointer, name, partition, 0, -1) }
        }
    }

    /// Makes the members of a group agree in one round.
    ///
    /// After a join the leader has to be the last to ask for its partitions (`rd_kafka_mock_cgrp_sync_check`); a member
    /// that asks later is refused, and all begin anew, three seconds each time. The leader alone asks its coordinator
    /// for metadata in between. So a coordinator that answers late, and does nothing else, makes it the last.
    func coordinate(_ group: String) {
        command { unsafe rd_kafka_mock_coordinator_set(pointer, "group", group, Self.coordinator) }
        command { unsafe rd_kafka_mock_broker_set_rtt(pointer, Self.coordinator, 100) }
    }

    func setDown(_ isDown: Bool) {
        command {
            unsafe isDown ? rd_kafka_mock_broker_set_down(pointer, -1) : rd_kafka_mock_broker_set_up(pointer, -1)
        }
    }

    func setLeader(of topic: String, partitions: Int32, isThere: Bool) {
        for partition in 0..<partitions {
            command { unsafe rd_kafka_mock_partition_set_leader(pointer, topic, partition, isThere ? Self.leader : -1) }
        }
    }

    /// Gives the cluster's thread a command and waits for the answer.
    ///
    /// The thread answers first and clears its wake-up call then, and with it that of a command which follows at once;
    /// that one would lie for a second.
    @discardableResult
    private func command(_ body: () -> rd_kafka_resp_err_t) -> rd_kafka_resp_err_t {
        defer { usleep(1000) }
        return body()
    }

    var brokers: String { unsafe String(cString: rd_kafka_mock_cluster_bootstraps(pointer)) }

    deinit { unsafe rd_kafka_mock_cluster_destroy(pointer) }
}
