internal import CKafka
public import Logging
internal import Synchronization

/// Receives records, in order within each partition.
///
/// A dedicated thread polls as long as the consumer exists, so that the group does not expel it while records are being
/// processed. Records wait in a bounded mailbox; when it is full, the partitions are paused.
public final class KafkaConsumer: Sendable {
    /// Which partitions to read, and from where.
    public enum Source: Sendable {
        /// The partitions that the group assigns to this member, each from the group's offset or the beginning.
        case group(String, topics: [String])
        /// These partitions from the offsets that `group` has committed, or the beginning. They are not shared with
        /// other members.
        case stored(group: String, [KafkaPartition])
        /// New records of these partitions only.
        case end([KafkaPartition])
        /// The last records of these partitions, at most this many of each, and all new ones.
        case tail(Int, [KafkaPartition])
    }

    /// A change of the partitions that the group assigns to this member.
    public enum Rebalance: Sendable {
        case assigned([KafkaPartition])
        case revoked([KafkaPartition])
    }

    let handle: KafkaHandle
    private let thread: KafkaThread
    private let mailbox: KafkaMailbox
    private let commits: KafkaCommits
    private let callbacks: KafkaCallbacks
    /// The offset from which partitions are read.
    let start: Int64

    /// The group id of consumers without a group, because librdkafka requires one. No consumer joins this group.
    static let noGroup = "tilework-no-group"

    /// What differs from librdkafka's defaults; see `docs/kafka.md`.
    static let defaults = [
        "auto.offset.reset": "earliest",
        "enable.auto.commit": "true",
        "enable.auto.offset.store": "false",
        "auto.commit.interval.ms": "500",
        "partition.assignment.strategy": "range,roundrobin",
        "session.timeout.ms": "10000",
        "heartbeat.interval.ms": "500",
        "fetch.message.max.bytes": "\(KafkaLimits.recordBytes)",
        "fetch.max.bytes": "\(KafkaLimits.recordBytes)",
        "receive.message.max.bytes": "\(2 * KafkaLimits.recordBytes)",
        "message.max.bytes": "\(KafkaLimits.recordBytes)",
        "queued.max.messages.kbytes": "65536",
        "topic.metadata.refresh.interval.ms": "5000",
    ].merging(KafkaLimits.connectionDefaults) { own, _ in own }

    /// - Parameter onRebalance: called from the polling thread, before records of new partitions arrive and after the
    ///   last record of revoked ones.
    public convenience init(
        _ configuration: KafkaConfiguration, source: Source, logger: Logger,
        onRebalance: (@Sendable (Rebalance) -> Void)? = nil
    ) throws(KafkaError) {
        try self.init(
            configuration, source: source, mailbox: KafkaMailbox(), logger: logger, onRebalance: onRebalance)
    }

    init(
        _ configuration: KafkaConfiguration, source: Source, mailbox: KafkaMailbox, logger: Logger,
        onRebalance: (@Sendable (Rebalance) -> Void)?
    ) throws(KafkaError) {
        var properties = configuration.over(Self.defaults)
        properties["group.id"] = source.group ?? Self.noGroup
        if source.group == nil { properties["enable.auto.commit"] = "false" }
        // Members of a group need the end of each partition's backlog.
        if case .group = source { properties["enable.partition.eof"] = "true" }
        let backlog = KafkaBacklog()
        let callbacks = KafkaCallbacks(logger: logger) { isAssignment, partitions in
            if isAssignment {
                backlog.begin(partitions)
            } else {
                backlog.end(partitions)
                mailbox.drop(partitions)
            }
            onRebalance?(isAssignment ? .assigned(partitions) : .revoked(partitions))
        }
        let handle = try KafkaHandle(RD_KAFKA_CONSUMER, properties: properties, callbacks: callbacks)
        // Delivers all events, of the group and of the client, through one poll.
        unsafe rd_kafka_poll_set_consumer(handle.client)
        self.handle = handle
        self.mailbox = mailbox
        self.callbacks = callbacks
        start = source.start
        commits = KafkaCommits(handle)
        try Self.start(handle, source)
        thread = KafkaThread(name: "kafka-consumer") {
            Self.poll(handle, into: mailbox, backlog: backlog, callbacks: callbacks)
        }
    }

    private static func start(_ handle: KafkaHandle, _ source: Source) throws(KafkaError) {
        let partitions = source.partitions.map {
            KafkaPartition(topic: $0.topic, partition: $0.partition, offset: source.start)
        }
        let error = unsafe KafkaPartition.withList(partitions) { list in
            if case .group = source { return unsafe rd_kafka_subscribe(handle.client, list) }
            return unsafe rd_kafka_assign(handle.client, list)
        }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(error, "no subscription") }
    }

    private static func poll(
        _ handle: KafkaHandle, into mailbox: KafkaMailbox, backlog: KafkaBacklog, callbacks: KafkaCallbacks
    ) {
        if let change = mailbox.changeOfFlow() { setFlow(handle, paused: change == .pause) }
        guard let message = unsafe rd_kafka_consumer_poll(handle.client, 100) else { return }
        let error = unsafe message.pointee.err
        let place = unsafe KafkaPartition(of: message.pointee)
        if error == RD_KAFKA_RESP_ERR__PARTITION_EOF {
            unsafe rd_kafka_message_destroy(message)
            callbacks.reportSuccess()
            backlog.end([place])
            return
        }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let text = unsafe rd_kafka_message_errstr(message).map { unsafe String(cString: $0) } ?? ""
            unsafe rd_kafka_message_destroy(message)
            callbacks.report(error, text)
            return
        }
        callbacks.reportSuccess()
        let isBacklog = backlog.contains(place) { endOfPartition(place, handle) }
        mailbox.put(unsafe KafkaMessage(adopting: message, at: place, of: handle, isBacklog: isBacklog))
    }

    /// The offset after the partition's last record, as of the latest fetch; negative if unknown.
    private static func endOfPartition(_ place: KafkaPartition, _ handle: KafkaHandle) -> Int64 {
        var (start, end): (Int64, Int64) = (-1, -1)
        unsafe _ = rd_kafka_get_watermark_offsets(handle.client, place.topic, place.partition, &start, &end)
        return end
    }

    private static func setFlow(_ handle: KafkaHandle, paused: Bool) {
        var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
        guard unsafe rd_kafka_assignment(handle.client, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list = unsafe list
        else { return }
        if paused {
            unsafe rd_kafka_pause_partitions(handle.client, list)
        } else {
            unsafe rd_kafka_resume_partitions(handle.client, list)
        }
        unsafe rd_kafka_topic_partition_list_destroy(list)
    }

    /// The next record; `nil` once the consumer is closed or the task is cancelled. One task at a time may ask.
    public func next() async -> KafkaMessage? { await mailbox.next() }

    /// Stores `offset`: all records before it are done. It is committed within a second. Does nothing if the partition
    /// now belongs to another member, which then repeats the work.
    public func store(topic: String, partition: Int32, offset: Int64) {
        unsafe KafkaPartition.withList([KafkaPartition(topic: topic, partition: partition, offset: offset)]) { list in
            unsafe _ = rd_kafka_offsets_store(handle.client, list)
        }
    }

    /// Commits the stored offsets and waits until the cluster has them.
    /// - Throws: if the group has revoked the partitions meanwhile, or the cluster does not answer.
    public func commit() async throws(KafkaError) { try await commits.commit() }

    /// How often a broker answered again after none had answered.
    public var reconnects: Int { callbacks.reconnects }

    /// The client's errors since its start, by kind.
    public var errors: [KafkaErrorKind: Int] { callbacks.errors }

    /// Commits the stored offsets, leaves the group and ends. Records that were not taken yet are discarded.
    ///
    /// librdkafka may wait for ever if the group's coordinator disappears during the close. After `patience`, the
    /// client is left running, without a log.
    /// - Parameter patience: how long to wait for the cluster.
    public func close(within patience: Duration = .seconds(3)) async {
        let hasEnded = await thread.stop(within: patience) { [handle] in
            unsafe _ = rd_kafka_consumer_close(handle.client)
        }
        if !hasEnded { callbacks.mute() }
        mailbox.finish()
    }

    // Breaks a reference cycle: waiting records keep the client, and the client's callbacks keep the mailbox.
    deinit { mailbox.finish() }
}

extension KafkaConsumer.Source {
    fileprivate var group: String? {
        switch self {
        case .group(let name, _), .stored(let name, _): name
        case .end, .tail: nil
        }
    }

    fileprivate var partitions: [KafkaPartition] {
        switch self {
        case .group(_, let topics): topics.map { KafkaPartition(topic: $0, partition: TW_KAFKA_PARTITION_ANY) }
        case .stored(_, let list), .end(let list), .tail(_, let list): list
        }
    }

    /// The start offset for librdkafka: one of its special numbers, relative to the end for `tail`.
    fileprivate var start: Int64 {
        switch self {
        case .group, .stored: TW_KAFKA_OFFSET_STORED
        case .end: TW_KAFKA_OFFSET_END
        case .tail(let count, _): TW_KAFKA_OFFSET_TAIL - Int64(count)
        }
    }
}
