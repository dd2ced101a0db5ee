import Logging
import NIOPosix
import ServiceLifecycle
import TileCore

/// A worker in one cluster, from joining the group to leaving it.
final class WorkerSession: Sendable {
    /// From this attempt on a tile is tried with nothing beside it: it may have ended workers.
    static let aloneFromAttempt = 3

    private let cluster: Cluster
    private let identity: WorkerIdentity
    private let faults: FaultInjection
    private let end: EndOnOrder
    private let logger: Logger
    private let producer: KafkaProducer
    private let consumer: KafkaConsumer
    private let control: KafkaConsumer
    private let pool: NIOThreadPool
    private let progress: WorkerProgress
    private let heartbeats: HeartbeatSender
    private let gate = AsyncGate()
    /// Tiles that are not computed yet, and the taking of them.
    private let inHand = InHand()

    init(
        cluster: Cluster, identity: WorkerIdentity, counters: WorkerCounters, faults: FaultInjection, end: EndOnOrder,
        logger: Logger
    ) throws(KafkaError) {
        self.cluster = cluster
        self.identity = identity
        self.faults = faults
        self.end = end
        self.logger = logger
        let progress = WorkerProgress(counters: counters)
        self.progress = progress
        pool = NIOThreadPool(numberOfThreads: identity.slots)
        let producer = try KafkaProducer(cluster.configuration, logger: logger)
        self.producer = producer
        let consumer = try KafkaConsumer(
            cluster.configuration, source: .group(TopicNames.workerGroup, topics: [cluster.topics.tasks]),
            logger: logger
        ) { change in progress.rebalanced(change, logger: logger) }
        self.consumer = consumer
        // Orders are rare and may take a moment; a short fetch wait would only cost time.
        var unhurried = cluster.configuration
        unhurried["fetch.wait.max.ms"] = "500"
        let control = try KafkaConsumer(
            unhurried, source: .end([KafkaPartition(topic: cluster.topics.heartbeats, partition: 0)]), logger: logger)
        self.control = control
        heartbeats = HeartbeatSender(
            producer: producer, topic: cluster.topics.heartbeats, identity: identity, progress: progress,
            reconnects: { producer.reconnects + consumer.reconnects + control.reconnects }, logger: logger)
    }

    /// Works until graceful shutdown, cancellation or refusal; then finishes what is in hand and leaves.
    func run() async throws {
        pool.start()
        logger.info(
            "joining the group \(TopicNames.workerGroup)",
            metadata: ["brokers": "\(cluster.configuration.brokers)", "slots": "\(identity.slots)"])
        inHand.begin()
        let limit = Task { [inHand, producer] in
            await inHand.waitForNone()
            // Whatever time the tiles took: from here on a record for brokers that are away does not wait for minutes.
            try await Task.sleep(for: .seconds(3))
            await producer.close(within: 0)
        }
        defer { limit.cancel() }
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                // They go on until the last tile is done: who is silent counts as lost.
                group.addTask { await self.heartbeats.run() }
                try await self.workAndObey()
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
        progress.counters.keep(reconnects: heartbeats.reconnects())
        try await pool.shutdownGracefully()
        logger.info("left the group", metadata: ["tiles_done": "\(progress.counters.now.tilesDone)"])
        try outcome.get()
    }

    /// At a graceful shutdown both end by themselves, the work once it has finished what is in hand. A refusal ends it.
    private func workAndObey() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.obey() }
            group.addTask { await self.work() }
            for try await _ in group {}
        }
    }

    private func work() async {
        // As many in hand as keep every slot busy while the results before are still on their way.
        let places = AsyncSemaphore(places: 2 * identity.slots + 1)
        await withDiscardingTaskGroup { group in
            while let message = await next(places) {
                progress.take(message)
                inHand.begin()
                group.addTask {
                    await self.handle(message)
                    places.giveBack()
                }
            }
            inHand.end()
        }
    }

    /// The next record, once there is a place for it; `nil` where the worker is to end.
    private func next(_ places: AsyncSemaphore) async -> KafkaMessage? {
        if Task.isShuttingDownGracefully { return nil }
        return try? await cancelWhenGracefulShutdown { () -> KafkaMessage? in
            try await places.take()
            return await self.consumer.next()
        }
    }

    private func handle(_ message: KafkaMessage) async {
        let isDone: Bool
        do {
            let task = try TileTask(header: message.header(TileTask.headerName), payloadCount: message.payloadCount)
            isDone = await transform(message, task)
        } catch {
            inHand.end()
            logger.warning(
                "a record is no task; moving it to \(cluster.topics.deadLetters)",
                metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
            isDone = await bury(message, reason: error.reason)
        }
        // Else the offset stays, and the record comes again to whoever has the partition then.
        if isDone { finish(message) }
    }

    private func finish(_ message: KafkaMessage) {
        guard let offset = progress.finish(message) else { return }
        consumer.store(topic: message.topic, partition: message.partition, offset: offset)
    }

    /// Transforms a tile and sends the result; false where the record has to come again.
    ///
    /// A result that the brokers did not take, as after minutes without any, does not hold up the offset for as long as
    /// this worker lives: the master misses the answer and sends the tile again. But where this worker ends before its
    /// time, others get the record.
    private func transform(_ message: KafkaMessage, _ task: TileTask) async -> Bool {
        let pixels = Handover<PixelBuffer>()
        let answer = await tryOut(message, task, into: pixels)
        inHand.end()
        guard let (outcome, time) = answer else { return false }
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
            logger.error("a result was not delivered", metadata: Self.metadata(message, task, error.reason))
            guard error.code == .unknownTopic || error.code == .recordTooLarge else { return error.code != .closed }
            return await bury(message, reason: error.reason)
        }
        progress.counters.countTile()
        return true
    }

    /// Transforms a tile with the care that it needs, and says how long that took. `nil` where it was not its turn
    /// before the end, or it is someone else's by now: that is nobody's fault and no answer.
    ///
    /// A tile may be what ended the worker that had it before. See `docs/wire-format.md`.
    private func tryOut(
        _ message: KafkaMessage, _ task: TileTask, into pixels: Handover<PixelBuffer>
    ) async -> (TileResult.Outcome, Duration)? {
        let isAlone = task.attempt >= Self.aloneFromAttempt
        do {
            return try await gate.pass(alone: isAlone) { () -> (TileResult.Outcome, Duration) in
                if message.isBacklog || task.attempt > 1 {
                    guard await self.giveUp(message, task) else { throw CancellationError() }
                }
                if isAlone {
                    self.progress.alone = TileAttempt(task.tile, attempt: task.attempt)
                    await self.heartbeats.send(.online)
                }
                defer { if isAlone { self.progress.alone = nil } }
                return try await self.compute(message, task, into: pixels)
            }
        } catch is CancellationError {
            return nil
        } catch {
            logger.warning("a tile cannot be transformed", metadata: Self.metadata(message, task, "\(error)"))
            return (.failure(reason: "\(error)"), .zero)
        }
    }

    /// Gives a record up before it is tried, so that it ends no further worker: should this one die of it, the record
    /// does not come again, but the master sends the tile again. Returns whether the cluster knows that.
    ///
    /// A commit that failed is repeated while the record is ours: its offset is stored, a later commit in the background
    /// may take it along, and then nobody else gets the record.
    private func giveUp(_ message: KafkaMessage, _ task: TileTask) async -> Bool {
        finish(message)
        var reason = "its partition is another worker's now"
        while progress.isOurs(message) {
            do {
                try await consumer.commit()
                if progress.isOurs(message) { return true }
            } catch {
                reason = error.reason
                if Task.isShuttingDownGracefully || Task.isCancelled { break }
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
        logger.notice("a tile that was tried before is left to others", metadata: Self.metadata(message, task, reason))
        return false
    }

    private func compute(
        _ message: KafkaMessage, _ task: TileTask, into pixels: Handover<PixelBuffer>
    ) async throws -> (TileResult.Outcome, Duration) {
        let clock = ContinuousClock()
        return try await pool.runIfActive { [faults] () throws -> (TileResult.Outcome, Duration) in
            let start = clock.now
            let buffer = try faults.around(task) { () throws -> PixelBuffer in
                try message.withPayload { bytes throws(ImagingError) in
                    try PixelBuffer.withView(of: bytes, size: task.size, format: task.format) {
                        image throws(ImagingError) in try task.pipeline.apply(to: image, inner: task.inner)
                    }
                }
            }
            let outcome = TileResult.Outcome.pixels(buffer.size, buffer.format)
            pixels.put(buffer)
            return (outcome, clock.now - start)
        }
    }

    /// Moves a record to the dead letters, and tries again after an outage, for nobody sends it a second time; false
    /// where the record has to come again.
    private func bury(_ message: KafkaMessage, reason: String) async -> Bool {
        do {
            try await producer.send(
                DeadLetter.record(
                    for: message, reason: reason, from: identity.id, topic: cluster.topics.deadLetters))
            progress.counters.countDeadLetter()
            return true
        } catch {
            logger.error(
                "a record could not be moved to \(cluster.topics.deadLetters)",
                metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
            if error.code == .timedOut, progress.isOurs(message) { return await bury(message, reason: reason) }
            return error.code != .closed
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
            case .drain:
                logger.notice(
                    "told to finish what is in hand and to end", metadata: [LogKey.reason: "\(control.reason)"])
                end.obey()
            }
        }
    }

    /// Which record it is, which tile, and what is wrong with it.
    private static func metadata(_ message: KafkaMessage, _ task: TileTask, _ reason: String) -> Logger.Metadata {
        message.logMetadata.merging(task.tile.logMetadata) { $1 }
            .merging([LogKey.attempt: "\(task.attempt)", LogKey.reason: "\(reason)"]) { $1 }
    }
}
