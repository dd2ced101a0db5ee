internal import CKafka
internal import Foundation
internal import Glibc
public import Logging

/// A Kafka cluster inside this process: librdkafka's mock cluster, on a loopback port that it picks.
///
/// It keeps records in memory only: per partition the newest 5 MiB, or one record if that is larger. All code that
/// depends on these limits is in this file.
public final class EmbeddedBroker: Sendable {
    /// The number of partitions of a topic: one for each core, at least 8. Topics of the mock cluster cannot grow
    /// later, so a local fleet needs them from the start. Each partition takes up to 5 MiB of memory; with fewer
    /// partitions, a fetch returns fewer records (`docs/decisions/0036-canvases-are-used-again.md`).
    public static let partitions = max(8, ProcessInfo.processInfo.activeProcessorCount)

    /// Payload bytes that may wait in one partition without the oldest record being dropped.
    public static let partitionBytes = 4 << 20

    /// Padding for records without pixels. At each fetch the mock cluster walks through all records of a partition,
    /// with a cache miss each. With many small records that takes longer than a tile. Padding makes older records
    /// expire sooner (`docs/decisions/0036-canvases-are-used-again.md`).
    public static let filler = [UInt8](repeating: 0, count: 32 << 10)

    public let configuration: KafkaConfiguration
    private let handle: KafkaHandle
    private let cluster: MockCluster

    /// Starts the cluster with these topics.
    /// - Parameters:
    ///   - groups: the consumer groups that share partitions among their members.
    ///   - partitions: the minimum number of partitions of each topic. A topic specified with one partition keeps one.
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
                // A new record does not wake a waiting fetch of the mock cluster, so fetches wait only briefly.
                "fetch.wait.max.ms": "5",
                // A join takes the session timeout minus one second, so a short timeout lets workers join soon.
                "session.timeout.ms": "4000",
            ])
    }

    /// Makes the broker refuse or accept connections. For tests.
    public func setDown(_ isDown: Bool) { cluster.setDown(isDown) }

    /// Removes or restores the leader of all partitions of a topic. Without a leader, clients can neither read nor
    /// write there. For tests.
    public func setLeader(of topic: String, partitions: Int, isThere: Bool) {
        cluster.setLeader(of: topic, partitions: Int32(partitions), isThere: isThere)
    }
}

/// The mock cluster. It keeps its client alive, because it must be destroyed before the client.
@safe
private final class MockCluster: @unchecked Sendable {
    // Sendable: the mock cluster's functions hand their work to its own thread.
    private let pointer: OpaquePointer
    private let handle: KafkaHandle

    /// The broker that leads all partitions, and the one that coordinates the groups.
    private static let leader: Int32 = 1
    private static let coordinator: Int32 = 2

    init(of handle: KafkaHandle) throws(KafkaError) {
        guard let cluster = unsafe rd_kafka_mock_cluster_new(handle.client, 2) else {
            throw KafkaError(.other, "the embedded broker cannot open a port on 127.0.0.1")
        }
        unsafe pointer = cluster
        self.handle = handle
        // Limits Fetch (API key 1) to version 4. From version 11 on, the broker redirects consumers to the follower.
        // From version 5 on, it reports the follower's log start offset, which `makeTopic` fixes at 0: a consumer that
        // needs a record older than the oldest one would reset its offset again and again.
        command { unsafe rd_kafka_mock_set_apiversion(cluster, 1, 0, 4) }
        // Limits ListOffsets (API key 2) to version 3. From version 4 on, requests have a leader epoch for each
        // partition. The mock cluster of librdkafka 2.0.2 does not parse it, misreads the rest and disconnects.
        command { unsafe rd_kafka_mock_set_apiversion(cluster, 2, 0, 3) }
    }

    /// Makes a topic whose partitions keep the newest record readable, however large.
    ///
    /// When a record pushes out all older ones, librdkafka 2.0.2 moves the log start offset past the new record itself
    /// (`rd_kafka_mock_msgset_new`), and consumers never get it. If the broker is also the partition's follower, it
    /// uses the follower's start offset instead, which can be fixed at 0.
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

    /// Makes a rebalance of a group succeed in one round.
    ///
    /// After a join, the group's leader must be the last member to send its SyncGroup request
    /// (`rd_kafka_mock_cgrp_sync_check`). A later member is refused, and the rebalance starts again after three
    /// seconds. Only the leader asks its coordinator for metadata in between. So a separate, slow coordinator makes it
    /// the last.
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

    /// Runs a command on the mock cluster's thread and waits for the answer, plus a millisecond.
    ///
    /// The thread clears its wake-up signal after it has answered. That would also clear the signal of a command that
    /// follows at once, and this command would wait for a second.
    @discardableResult
    private func command(_ body: () -> rd_kafka_resp_err_t) -> rd_kafka_resp_err_t {
        defer { usleep(1000) }
        return body()
    }

    var brokers: String { unsafe String(cString: rd_kafka_mock_cluster_bootstraps(pointer)) }

    deinit { unsafe rd_kafka_mock_cluster_destroy(pointer) }
}
