import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Claims this master's topic of results, and ends it if another master on the cluster has that topic. For Kafka
/// clusters; an embedded broker has one master only.
///
/// It reads `heartbeats` by itself, so that others are answered at once, whatever the rest of the master waits for.
/// Silence ends nobody: while the cluster is away, everything stays as it is.
final class ClaimKeeper: Service {
    /// How long others have time to answer at a start. Whoever takes longer is heard later, and this master ends then.
    private static let patience = Duration.seconds(2)
    private static let interval = Duration.seconds(5)

    private let consumer: KafkaConsumer
    private let producer: KafkaProducer
    private let topics: TopicNames
    private let logger: Logger
    private let claim: Mutex<ResultsClaim>
    private let lost = Mutex(false)
    /// Whether `consumer` reads already.
    private let isPlaced = Mutex(false)
    private let tell: AsyncStream<Void>.Continuation

    /// - Parameter consumer: reads from the end of what it is given, and has nothing yet.
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
        // One record on its way and one behind it tell everything, however long the cluster is away.
        let (wishes, tell) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.tell = tell
        // On its own: nobody waits until a record is delivered.
        Task { for await _ in wishes { await self.send() } }
    }

    /// Another master has the topic.
    var isLost: Bool { lost.withLock { $0 } }

    /// Returns once the topic is this master's, as far as anybody answers.
    ///
    /// The topic of heartbeats has to be there. May be called again after it has thrown.
    /// - Throws: `ServiceError` if another master has it, `KafkaError` if the cluster does not let it claim.
    func hold() async throws {
        try isPlaced.withLock { isPlaced throws(KafkaError) in
            guard !isPlaced else { return }
            try consumer.add([KafkaPartition(topic: topics.heartbeats, partition: 0)])
            isPlaced = true
        }
        // A record that comes back proves that this reader is in its place: an answer to the next one is not missed.
        try await listen(telling: .milliseconds(500), for: .seconds(30)) { $0.isStanding }
        guard claim.withLock({ $0.isStanding }) else {
            throw KafkaError(
                .timedOut,
                "the claim of the topic \(topics.results) did not come back from \(topics.heartbeats) within 30 s; "
                    + "does the cluster let this master write and read there?")
        }
        try await listen(telling: Self.interval, for: Self.patience)
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await self.listen(telling: Self.interval) }
        tell.finish()
        await consumer.close()
    }

    /// Tells the claim again and again, and hears the others, until it `isEnough`, the time is over, or the task is
    /// cancelled.
    private func listen(
        telling pause: Duration, for limit: Duration? = nil,
        until isEnough: @escaping @Sendable (ResultsClaim) -> Bool = { _ in false }
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                repeat { self.tell.yield() } while (try? await Task.sleep(for: pause)) != nil
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
        case .tell: tell.yield()
        case .end(let holder):
            lost.withLock { $0 = true }
            let reason =
                "the topic of results '\(topics.results)' belongs to another master, process \(holder.pid) on host "
                + "\(holder.host); start this one with a --results-topic of its own, or end the other one first"
            // Logged here, too, because an orderly end may take too long to print the error.
            logger.error(
                "two masters have one topic of results; this one, which came later, ends",
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
            // The next one tells the same.
            logger.debug("a claim was not delivered", metadata: [LogKey.reason: "\(error.reason)"])
        }
    }
}
