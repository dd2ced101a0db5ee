import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Claims this master's topic of results, and ends the master if another one owns that topic. Only for Kafka clusters,
/// because an embedded broker has one master only.
///
/// It reads `heartbeats` with its own consumer, so that it answers other masters at once, even while the rest of this
/// master waits. Missing answers end no master: during an outage of the cluster, ownership does not change.
final class ClaimKeeper: Service {
    /// How long a starting master waits for the answers of others. If a later answer shows another owner, this master ends.
    private static let patience = Duration.seconds(2)
    private static let interval = Duration.seconds(5)

    private let consumer: KafkaConsumer
    private let producer: KafkaProducer
    private let topics: TopicNames
    private let logger: Logger
    private let claim: Mutex<ResultsClaim>
    private let lost = Mutex(false)
    /// Whether `consumer` has its partition.
    private let isAssigned = Mutex(false)
    private let sendSignal: AsyncStream<Void>.Continuation

    /// - Parameter consumer: has no partitions yet, and reads them from their end.
    init(consumer: KafkaConsumer, producer: KafkaProducer, topics: TopicNames, logger: Logger) {
        self.consumer = consumer
        self.producer = producer
        self.topics = topics
        self.logger = logger
        claim = Mutex(
            ResultsClaim(
                MasterClaim(
                    results: topics.results, instance: UUID().uuidString.lowercased(),
                    host: ProcessInfo.processInfo.hostName, pid: Int(ProcessInfo.processInfo.processIdentifier))))
        // One record being sent and one waiting are enough, however long an outage of the cluster lasts.
        let (signals, sendSignal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.sendSignal = sendSignal
        // Sends in a separate task, so that reading the claims does not wait for a delivery.
        Task { for await _ in signals { await self.send() } }
    }

    /// Whether another master owns the topic.
    var isLost: Bool { lost.withLock { $0 } }

    /// Claims the topic, and returns if no other master has answered in time that it owns the topic.
    ///
    /// The topic of heartbeats must exist. May be called again after it has thrown.
    /// - Throws: `ServiceError` if another master owns the topic, `KafkaError` if the claim cannot be written or read.
    func hold() async throws {
        try isAssigned.withLock { isAssigned throws(KafkaError) in
            guard !isAssigned else { return }
            try consumer.add([KafkaPartition(topic: topics.heartbeats, partition: 0)])
            isAssigned = true
        }
        // An echoed record proves that this consumer reads, so that it cannot miss the answers to the next record.
        try await listen(every: .milliseconds(500), for: .seconds(30)) { $0.hasRank }
        guard claim.withLock({ $0.hasRank }) else {
            throw KafkaError(
                .timedOut,
                "the claim of the topic \(topics.results) was not echoed by \(topics.heartbeats) within 30 s; "
                    + "check this master's rights to write and read there")
        }
        try await listen(every: Self.interval, for: Self.patience)
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.listen(every: Self.interval) }
        sendSignal.finish()
        await consumer.close()
    }

    /// Repeats the claim at an interval and reads the claims of others. Ends once `isEnough` is true, the time is over, or
    /// the task is cancelled.
    private func listen(
        every pause: Duration, for limit: Duration? = nil,
        until isEnough: @escaping @Sendable (ResultsClaim) -> Bool = { _ in false }
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                repeat { self.sendSignal.yield() } while (try? await Task.sleep(for: pause)) != nil
            }
            group.addTask {
                while let message = await self.consumer.next() {
                    try self.hear(message)
                    if isEnough(self.claim.withLock { $0 }) { return }
                }
            }
            if let limit {
                group.addTask { _ = try? await Task.sleep(for: limit) }
            }
            _ = try await group.next()
            group.cancelAll()
        }
    }

    private func hear(_ message: KafkaMessage) throws {
        guard message.header(MasterClaim.headerName) != nil else { return }
        let other: MasterClaim
        do {
            other = try MasterClaim(payload: message.withPayload { [UInt8](copying: $0) })
        } catch {
            return logger.warning(
                "not a valid claim record",
                metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
        }
        switch claim.withLock({ $0.hear(other, at: message.offset) }) {
        case .rest: return
        case .send: sendSignal.yield()
        case .end(let holder):
            lost.withLock { $0 = true }
            let reason =
                "the topic of results '\(topics.results)' belongs to another master, process \(holder.pid) on host "
                + "\(holder.host); start this one with another --results-topic, or end the other one first"
            // Logged here as well, because the shutdown may be cut off before the error is printed.
            logger.error(
                "topic of results claimed by two masters; this master came later and ends",
                metadata: [
                    LogKey.topic: "\(topics.results)", LogKey.host: "\(holder.host)",
                    LogKey.instance: "\(holder.instance)", LogKey.reason: "\(reason)",
                ])
            throw ServiceError(.startup, reason)
        }
    }

    private func send() async {
        let record = claim.withLock { $0.record }
        do {
            try await producer.send(
                KafkaRecord(
                    topic: topics.heartbeats, partition: 0, key: record.results,
                    headers: [KafkaHeader(MasterClaim.headerName, Array("claim".utf8))],
                    payload: OwnedBytes(copying: record.payload)))
        } catch {
            // The next record repeats the claim.
            logger.debug("claim record not delivered", metadata: [LogKey.reason: "\(error.reason)"])
        }
    }
}
