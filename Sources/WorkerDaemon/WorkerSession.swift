import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import TileCore

/// A worker in one cluster, from joining the group to leaving it.
final class WorkerSession: Sendable {
    private let cluster: Cluster
    private let identity: WorkerIdentity
    private let logger: Logger
    private let producer: KafkaProducer
    private let consumer: KafkaConsumer
    private let control: KafkaConsumer
    private let pool: NIOThreadPool
    private let progress: WorkerProgress

    init(cluster: Cluster, identity: WorkerIdentity, logger: Logger) throws(KafkaError) {
        self.cluster = cluster
        self.identity = identity
        self.logger = logger
        let progress = WorkerProgress()
        self.progress = progress
        pool = NIOThreadPool(numberOfThreads: identity.slots)
        producer = try KafkaProducer(cluster.configuration, logger: logger)
        consumer = try KafkaConsumer(
            cluster.configuration, source: .group(TopicNames.workerGroup, topics: [cluster.topics.tasks]),
            logger: logger
        ) { change in progress.rebalanced(change, logger: logger) }
        // Orders are rare and may take a moment; a short fetch wait would only cost time.
        var unhurried = cluster.configuration
        unhurried["fetch.wait.max.ms"] = "500"
        control = try KafkaConsumer(
            unhurried, source: .end([KafkaPartition(topic: cluster.topics.heartbeats, partition: 0)]), logger: logger)
    }

    /// Works until graceful shutdown, cancellation or refusal; then finishes what is in hand and leaves.
    func run() async throws {
        pool.start()
        logger.info(
            "joining the group \(TopicNames.workerGroup)",
            metadata: ["brokers": "\(cluster.configuration.brokers)", "slots": "\(identity.slots)"])
        let heartbeats = HeartbeatSender(
            producer: producer, topic: cluster.topics.heartbeats, identity: identity, progress: progress,
            logger: logger)
        var limit: Task<Void, any Error>?
        defer { limit?.cancel() }
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await heartbeats.run() }
                group.addTask { try await self.obey() }
                group.addTask { await self.work() }
                // Whichever ends first ends all: shutdown ends the work, a refusal the listening.
                let first = await group.nextResult()
                group.cancelAll()
                // From here on a record for brokers that are away does not wait for minutes.
                limit = Task {
                    try await Task.sleep(for: .seconds(3))
                    await producer.close(within: 0)
                }
                while await group.nextResult() != nil {}
                try first?.get()
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        async let leaving: Void = consumer.close()
        async let deaf: Void = control.close()
        _ = await (leaving, deaf)
        if case .success = outcome { await heartbeats.send(.leaving) }
        await producer.close(within: 3)
        try await pool.shutdownGracefully()
        logger.info("left the group", metadata: ["tiles_done": "\(progress.tilesDone)"])
        try outcome.get()
    }

    private func work() async {
        // As many in hand as keep every slot busy while the results before are still on their way.
        let limit = 2 * identity.slots + 1
        await withDiscardingTaskGroup { group in
            let places = AsyncSemaphore(places: limit)
            while let message = await cancelWhenGracefulShutdown({ await self.consumer.next() }) {
                guard (try? await places.take()) != nil else { break }
                progress.take(message)
                group.addTask {
                    await self.handle(message)
                    places.giveBack()
                }
            }
        }
    }

    private func handle(_ message: KafkaMessage) async {
        let isDone: Bool
        do {
            let task = try TileTask(header: message.header(TileTask.headerName), payloadCount: message.payloadCount)
            isDone = await transform(message, task)
        } catch {
            logger.warning(
                "a record is no task; moving it to \(cluster.topics.deadLetters)",
                metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
            isDone = await bury(message, reason: error.reason)
        }
        // Without delivery the offset stays, and the record comes again to whoever has the partition then.
        guard isDone, let offset = progress.finish(message) else { return }
        consumer.store(topic: message.topic, partition: message.partition, offset: offset)
    }

    /// Transforms a tile and sends the result; false where the result could not be delivered.
    private func transform(_ message: KafkaMessage, _ task: TileTask) async -> Bool {
        let pixels = Handover<PixelBuffer>()
        guard let (outcome, time) = await compute(message, task, into: pixels) else { return false }
        let result = TileResult(
            tile: task.tile, attempt: task.attempt, worker: identity.id, milliseconds: time / .milliseconds(1),
            outcome: outcome)
        let payload: OwnedBytes
        if let buffer = pixels.take() { payload = buffer.takeBytes() } else { payload = OwnedBytes(count: 0) }
        do {
            // The answer takes the partition of the question, so that the master's window bounds both topics.
            try await producer.send(
                KafkaRecord(
                    topic: task.replyTo, partition: message.partition, key: task.tile.job.rawValue,
                    headers: [result.header], payload: payload))
        } catch {
            logger.error(
                "a result was not delivered",
                metadata: task.tile.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
            guard error.code == .unknownTopic || error.code == .recordTooLarge else { return false }
            return await bury(message, reason: error.reason)
        }
        progress.countTile()
        return true
    }

    /// Transforms a tile on a thread of the pool, and says how long that took. `nil` where the worker ends before the tile's turn came: that is
    /// nobody's fault and no answer, and the record comes again to whoever has the partition then.
    private func compute(
        _ message: KafkaMessage, _ task: TileTask, into pixels: Handover<PixelBuffer>
    ) async -> (TileResult.Outcome, Duration)? {
        let clock = ContinuousClock()
        do {
            return try await pool.runIfActive { () throws -> (TileResult.Outcome, Duration) in
                let start = clock.now
                let buffer = try message.withPayload { bytes throws(ImagingError) in
                    try PixelBuffer.withView(of: bytes, size: task.size, format: task.format) {
                        image throws(ImagingError) in try task.pipeline.apply(to: image, inner: task.inner)
                    }
                }
                let outcome = TileResult.Outcome.pixels(buffer.size, buffer.format)
                pixels.put(buffer)
                return (outcome, clock.now - start)
            }
        } catch is CancellationError {
            return nil
        } catch {
            logger.warning(
                "a tile cannot be transformed",
                metadata: task.tile.logMetadata.merging([LogKey.reason: "\(error)"]) { $1 })
            return (.failure(reason: "\(error)"), .zero)
        }
    }

    private func bury(_ message: KafkaMessage, reason: String) async -> Bool {
        do {
            try await producer.send(
                DeadLetter.record(
                    for: message, reason: reason, from: identity.id, topic: cluster.topics.deadLetters))
            return true
        } catch {
            logger.error(
                "a record could not be moved to \(cluster.topics.deadLetters)",
                metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
            return false
        }
    }

    /// Listens for orders to this instance; throws at a refusal.
    private func obey() async throws {
        while let message = await cancelWhenGracefulShutdown({ await self.control.next() }) {
            guard message.header(WorkerControl.headerName) != nil, message.key == identity.id else { continue }
            let payload = message.withPayload { bytes in [UInt8](copying: bytes) }
            guard let control = try? WorkerControl(payload: payload), control.instance == identity.instance else {
                continue
            }
            switch control.order {
            case .refuse: throw WorkerRefused(reason: control.reason)
            }
        }
    }
}
