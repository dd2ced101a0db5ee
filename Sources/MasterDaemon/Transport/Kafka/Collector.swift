import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Takes results: pixels into the canvas, tile marked, offset stored, in this order.
final class Collector: Service {
    private let consumer: KafkaConsumer
    private let dispatcher: Dispatcher
    private let journal: TileJournal
    private let deadLetters: DeadLetterSender
    private let logger: Logger
    private let ledger = Mutex(OffsetLedger())

    init(
        consumer: KafkaConsumer, dispatcher: Dispatcher, journal: TileJournal, deadLetters: DeadLetterSender,
        logger: Logger
    ) {
        self.consumer = consumer
        self.dispatcher = dispatcher
        self.journal = journal
        self.deadLetters = deadLetters
        self.logger = logger
    }

    func run() async throws {
        while let message = await cancelWhenGracefulShutdown({ await self.consumer.next() }) {
            ledger.withLock {
                $0.take(topic: message.topic, partition: message.partition, offset: message.offset)
            }
            await collect(message)
        }
        await journal.flush()
        await consumer.close()
    }

    private func collect(_ message: KafkaMessage) async {
        let result: TileResult
        do {
            result = try TileResult(header: message.header(TileTask.headerName), payloadCount: message.payloadCount)
        } catch {
            logger.warning(
                "a record is no result",
                metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
            // Not done before it is delivered: a master that ends sooner reads the record again.
            let (topic, partition, offset) = (message.topic, message.partition, message.offset)
            return deadLetters.send(message, reason: error.reason) { self.done(topic, partition, offset) }
        }
        let receipt = await dispatcher.receive(result)
        if case .drop(let reason) = receipt { logDrop(of: result, in: message, reason) }
        guard case .write(let canvas, let region) = receipt else { return done(message) }
        message.withPayload { bytes in
            PixelBuffer.withView(of: bytes, size: region.size, format: canvas.format) { canvas.paste($0, at: region) }
        }
        // Without the message: where the database cannot be written for a while, its pixels would stay in memory.
        let (topic, partition, offset) = (message.topic, message.partition, message.offset)
        journal.append(
            TileChange(
                tile: result.tile, status: .completed, worker: result.worker, milliseconds: result.milliseconds)
        ) { self.done(topic, partition, offset) }
        await dispatcher.finish(result.tile)
    }

    /// Some of it is usual: a worker that was slow or gone may still answer.
    private func logDrop(of result: TileResult, in message: KafkaMessage, _ reason: Scheduler.Drop) {
        let level: Logger.Level = reason == .wrongPixels || reason == .noSuchTile ? .notice : .info
        var metadata = result.tile.logMetadata
        metadata.merge(message.logMetadata) { $1 }
        metadata[LogKey.attempt] = "\(result.attempt)"
        metadata[LogKey.worker] = "\(result.worker)"
        metadata[LogKey.reason] = "\(reason.rawValue)"
        logger.log(level: level, "a result was dropped", metadata: metadata)
    }

    private func done(_ message: KafkaMessage) { done(message.topic, message.partition, message.offset) }

    private func done(_ topic: String, _ partition: Int32, _ offset: Int64) {
        let lowest = ledger.withLock { $0.finish(topic: topic, partition: partition, offset: offset) }
        if let lowest { consumer.store(topic: topic, partition: partition, offset: lowest) }
    }
}
