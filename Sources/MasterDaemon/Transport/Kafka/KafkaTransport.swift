import Logging
import Synchronization
import TileCore
import Tracing

/// Sends tiles as records on `tasks` and takes the answers from this master's topic of results.
final class KafkaTransport: TileTransport {
    /// The most bytes of tiles that are cut and not delivered yet. It is less than the producer's queue of 128 MiB, so that
    /// a tile is cut only when the producer can take it.
    static let producerBytes = 96 << 20

    typealias Delivery = @Sendable (consuming KafkaRecord) async throws(KafkaError) -> Void

    private let delivery: Delivery
    private let consumer: KafkaConsumer
    private let topics: TopicNames
    private let deadLetters: DeadLetterSender
    private let disk: DiskPool
    private let stages: StageMeter
    private let lending: CanvasLending?
    private let filler: [UInt8]?
    private let tracer: any Instrument
    private let logger: Logger
    private let budget = AsyncBudget(producerBytes)
    private let ledger = Mutex(OffsetLedger())

    /// - Parameters:
    ///   - consumer: reads all partitions of `topics.results`.
    ///   - lending: `nil` if all tiles are sent with their pixels.
    ///   - filler: for tasks without pixels; see `EmbeddedBroker`. No larger than `Scheduler.Limits.lentBytes`.
    ///   - delivery: returns once the cluster has the record.
    init(
        consumer: KafkaConsumer, topics: TopicNames, deadLetters: DeadLetterSender, disk: DiskPool,
        stages: StageMeter = StageMeter(), lending: CanvasLending? = nil, filler: [UInt8]? = nil,
        tracer: any Instrument = NoOpTracer(), logger: Logger, delivery: @escaping Delivery
    ) {
        self.delivery = delivery
        self.consumer = consumer
        self.topics = topics
        self.deadLetters = deadLetters
        self.disk = disk
        self.stages = stages
        self.lending = lending
        self.filler = filler
        self.tracer = tracer
        self.logger = logger
    }

    convenience init(
        producer: KafkaProducer, consumer: KafkaConsumer, topics: TopicNames, deadLetters: DeadLetterSender,
        disk: DiskPool, stages: StageMeter, lending: CanvasLending?, filler: [UInt8]?, tracer: any Instrument,
        logger: Logger
    ) {
        self.init(
            consumer: consumer, topics: topics, deadLetters: deadLetters, disk: disk, stages: stages,
            lending: lending, filler: filler, tracer: tracer, logger: logger
        ) {
            (record: consuming KafkaRecord) async throws(KafkaError) in try await producer.send(record)
        }
    }

    func canLend(_ order: PassOrder) -> Bool { lending?.canLend(order) ?? false }

    func send(_ dispatch: Scheduler.Dispatch, of order: PassOrder) async throws(TransportError) {
        do {
            guard dispatch.isLent else { return try await sendPixels(dispatch, order) }
            guard let loan = lending?.loan(dispatch, of: order) else {
                throw TransportError(reason: "its canvases cannot be opened", isFinal: false)
            }
            try await deliver(task(dispatch, order, loan), OwnedBytes(count: 0), dispatch.partition, filler)
        } catch let error as TransportError {
            throw error
        } catch let error as KafkaError {
            let isFinal = [.recordTooLarge, .unknownTopic, .authorization].contains(error.code)
            throw TransportError(reason: error.reason, isFinal: isFinal)
        } catch {
            let reason = order.ended.isSet ? "its pass has ended" : "this master ends"
            throw TransportError(reason: reason, isFinal: false)
        }
    }

    private func task(_ dispatch: Scheduler.Dispatch, _ order: PassOrder, _ loan: CanvasLoan? = nil) -> TileTask {
        let source = order.geometry.source(dispatch.indices)
        return TileTask(
            tile: dispatch.tile, attempt: dispatch.attempt, size: source.size, format: order.geometry.input,
            inner: order.geometry.grid[dispatch.indices].relative(to: source), pipeline: order.pipeline,
            replyTo: topics.results, loan: loan)
    }

    private func sendPixels(_ dispatch: Scheduler.Dispatch, _ order: PassOrder) async throws {
        let bytes = order.geometry.bytes(dispatch.tile.index)
        let source = order.geometry.source(dispatch.tile.index)
        try await budget.with(bytes) {
            // The pass may have ended during the wait.
            try order.ended.check()
            let cut = Handover<PixelBuffer>()
            try await disk.run { [stages] in
                try Self.keeping(order) {
                    cut.put(stages.measure(.cut, bytes: bytes) { order.source.pixels.cut(source) })
                }
            }
            guard let pixels = cut.take() else { throw CancellationError() }
            try await deliver(task(dispatch, order), pixels.takeBytes(), dispatch.partition)
        }
    }

    /// Runs `body` while the source canvas cannot be reused for another job. Throws if the pass has ended before.
    private static func keeping(_ order: PassOrder, _ body: () -> Void) throws {
        guard let canvas = order.source.pixels as? Canvas else { return body() }
        let kept: Void? = try canvas.withoutReuse {
            try order.ended.check()
            body()
        }
        if kept == nil { throw CancellationError() }
    }

    private func deliver(
        _ task: TileTask, _ payload: consuming OwnedBytes, _ partition: Int, _ filler: [UInt8]? = nil
    ) async throws(KafkaError) {
        try await delivery(
            KafkaRecord(
                topic: topics.tasks, partition: Int32(partition), key: task.tile.job.rawValue,
                headers: task.headers(filler: filler) + KafkaTraceHeaders.current(tracer), payload: payload))
    }

    func nextResult() async -> (any TileDelivery)? {
        while let message = await consumer.next() {
            ledger.withLock {
                $0.take(topic: message.topic, partition: message.partition, offset: message.offset)
            }
            do {
                let result = try TileResult(
                    header: message.header(TileTask.headerName), payloadCount: message.payloadCount)
                return KafkaDelivery(result: result, message: message, acknowledgement: acknowledgement(of: message))
            } catch {
                logger.warning(
                    "not a valid result record",
                    metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
                deadLetters.send(message, reason: error.reason, then: acknowledgement(of: message))
            }
        }
        return nil
    }

    func close() async { await consumer.close() }

    /// Marks the record as done, and stores the offset up to which all records are done.
    private func acknowledgement(of message: KafkaMessage) -> @Sendable () -> Void {
        let (topic, partition, offset) = (message.topic, message.partition, message.offset)
        return { [self] in
            let lowest = ledger.withLock { $0.finish(topic: topic, partition: partition, offset: offset) }
            if let lowest { consumer.store(topic: topic, partition: partition, offset: lowest) }
        }
    }
}

/// A result record. Its payload contains the pixels, unless the worker has written them into the canvas.
struct KafkaDelivery: TileDelivery {
    let result: TileResult
    let message: KafkaMessage
    let acknowledgement: @Sendable () -> Void

    var origin: Logger.Metadata { message.logMetadata }

    func write(to image: any PixelRows, at region: TileRegion) {
        message.withPayload { bytes in
            PixelBuffer.withView(of: bytes, size: region.size, format: image.format) { image.paste($0, at: region) }
        }
    }
}
