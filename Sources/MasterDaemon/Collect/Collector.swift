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
            await deadLetters.bury(message, reason: error.reason)
            return done(message)
        }
        guard case .write(let canvas, let region) = await dispatcher.receive(result) else { return done(message) }
        message.withPayload { bytes in
            PixelBuffer.withView(of: bytes, size: region.size, format: canvas.format) { canvas.paste($0, at: region) }
        }
        journal.append(
            TileChange(
                tile: result.tile, status: .completed, worker: result.worker, milliseconds: result.milliseconds)
        ) { self.done(message) }
        await dispatcher.finish(result.tile)
    }

    private func done(_ message: KafkaMessage) {
        let offset = ledger.withLock {
            $0.finish(topic: message.topic, partition: message.partition, offset: message.offset)
        }
        guard let offset else { return }
        consumer.store(topic: message.topic, partition: message.partition, offset: offset)
    }
}
