import Logging
import NIOPosix
import ServiceLifecycle
import TileCore
import Tracing

/// Processes records of `tasks`: parses the record, transforms the tile, sends the answer, and stores the offset.
struct TaskProcessor: Sendable {
    /// From this attempt on a tile runs alone on its worker, because it may have crashed workers.
    static let aloneFromAttempt = 3

    let identity: WorkerIdentity
    let topics: TopicNames
    let faults: FaultInjection
    let consumer: KafkaConsumer
    let pool: NIOThreadPool
    let progress: WorkerProgress
    let heartbeats: HeartbeatSender
    /// Counts the tiles that are neither computed nor dropped yet.
    let uncomputed: UnfinishedWork
    /// The master's canvases; `nil` if they are not on this machine.
    let canvases: BorrowedCanvases?
    let telemetry: WorkerTelemetry
    let logger: Logger
    private let gate = AsyncGate()
    private let delivery: AnswerDelivery

    init(
        identity: WorkerIdentity, topics: TopicNames, faults: FaultInjection, producer: KafkaProducer,
        consumer: KafkaConsumer, pool: NIOThreadPool, progress: WorkerProgress, heartbeats: HeartbeatSender,
        uncomputed: UnfinishedWork, canvases: BorrowedCanvases?, telemetry: WorkerTelemetry, logger: Logger
    ) {
        self.identity = identity
        self.topics = topics
        self.faults = faults
        self.consumer = consumer
        self.pool = pool
        self.progress = progress
        self.heartbeats = heartbeats
        self.uncomputed = uncomputed
        self.canvases = canvases
        self.telemetry = telemetry
        self.logger = logger
        delivery = AnswerDelivery(
            identity: identity, topics: topics, producer: producer, progress: progress, logger: logger)
    }

    /// Processes a record that `progress` lists as taken.
    /// - Parameter place: given back early if the record only waits for the topic of dead letters.
    func process(_ message: KafkaMessage, in place: RecordPlace) async {
        let clock = ContinuousClock()
        let start = clock.now
        let outcome: WorkerMetrics.Outcome
        let header = message.header(TileTask.headerName)
        do {
            let task = try TileTask(header: header, payloadCount: message.payloadCount)
            outcome = await traced(message, task) { span in await answer(message, task, in: place, span) }
        } catch {
            uncomputed.end()
            if error.code == .unknownStep, let address = try? TaskAddress(header: header) {
                outcome = await refuse(message, address, reason: error.reason, in: place)
            } else {
                logger.warning(
                    "not a valid task record; moving it to \(topics.deadLetters)",
                    metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
                outcome = await delivery.deadLetter(message, reason: error.reason, in: place) ? .malformed : .left
            }
        }
        progress.counters.countFinished()
        telemetry.metrics.count(outcome, after: clock.now - start)
        let isDone = outcome != .left
        // If it is not done, its offset is not stored, and the partition's next owner gets the record again.
        if isDone { finish(message) }
    }

    /// Does the work in a span if the task is in a trace.
    private func traced(
        _ message: KafkaMessage, _ task: TileTask, _ work: (_ span: (any Span)?) async -> WorkerMetrics.Outcome
    ) async -> WorkerMetrics.Outcome {
        guard let context = KafkaTraceHeaders.context(of: message, telemetry.tracer) else { return await work(nil) }
        let span = telemetry.tracer.startSpan("process", context: context, ofKind: .consumer)
        let outcome = await ServiceContext.withValue(span.context) { await work(span) }
        span.updateAttributes { attributes in
            attributes[SpanKey.job] = "\(task.tile.job)"
            attributes[SpanKey.pass] = task.tile.pass
            attributes[SpanKey.tile] = task.tile.index
            if task.indices.count > 1 { attributes[SpanKey.tiles] = task.indices.count }
            attributes[SpanKey.attempt] = task.attempt
            attributes[SpanKey.worker] = identity.id
            attributes[SpanKey.outcome] = outcome.rawValue
            attributes[SpanKey.messagingSystem] = "kafka"
            attributes[SpanKey.messagingTopic] = message.topic
            attributes[SpanKey.messagingPartition] = "\(message.partition)"
        }
        if [.failed, .undelivered, .left].contains(outcome) {
            span.setStatus(SpanStatus(code: .error, message: outcome.rawValue))
        }
        span.end()
        return outcome
    }

    @discardableResult
    private func finish(_ message: KafkaMessage) -> Bool {
        progress.finish(message.place) { offset in
            consumer.store(topic: message.topic, partition: message.partition, offset: offset)
        }
    }

    /// Transforms a tile and sends the result.
    ///
    /// If the result cannot be delivered, for example after minutes without brokers, the offset is stored all the same,
    /// because the master misses the answer and resends the tile. But if the worker ends during the delivery, the
    /// offset is not stored, and another worker gets the record.
    private func answer(
        _ message: KafkaMessage, _ task: TileTask, in place: RecordPlace, _ span: (any Span)?
    ) async -> WorkerMetrics.Outcome {
        guard task.pipeline.stepNames.isSubset(of: faults.knownSteps) else {
            uncomputed.end()
            return await refuse(message, TaskAddress(of: task), reason: "this worker does not know a step", in: place)
        }
        let pixels = Handover<PixelBuffer>()
        let computed = await compute(message, task, into: pixels)
        uncomputed.end()
        guard let computed else { return .left }
        let payload: OwnedBytes
        if let buffer = pixels.take() { payload = buffer.takeBytes() } else { payload = OwnedBytes(count: 0) }
        let bytes = payload.count
        let result = TileResult(
            tile: task.tile, attempt: task.attempt, worker: identity.id,
            milliseconds: computed.wall / .milliseconds(1), cpuMilliseconds: computed.cpu / .milliseconds(1),
            outcome: computed.outcome, loan: task.loan.map { TileResult.Loan(id: $0.id, tiles: $0.tiles) })
        let undelivered = await delivery.send(result, payload, to: task.replyTo, for: message, in: place)
        if let undelivered { return undelivered }
        progress.counters.count(
            tiles: task.indices.count, received: message.payloadCount, sent: bytes, cpu: computed.cpu)
        span?.attributes[SpanKey.bytes] = bytes
        return computed.outcome.counted
    }

    /// Answers a task with an unknown step as failed. This worker is of an earlier release; another one may know the
    /// step.
    private func refuse(
        _ message: KafkaMessage, _ address: TaskAddress, reason: String, in place: RecordPlace
    ) async -> WorkerMetrics.Outcome {
        logger.warning(
            "task refused: this worker does not know one of its steps",
            metadata: message.logMetadata.merging(address.tile.logMetadata) { $1 }
                .merging([LogKey.attempt: "\(address.attempt)", LogKey.reason: "\(reason)"]) { $1 })
        let result = TileResult(
            tile: address.tile, attempt: address.attempt, worker: identity.id, milliseconds: 0,
            outcome: .failure(reason: reason))
        let undelivered = await delivery.send(
            result, OwnedBytes(count: 0), to: address.replyTo, for: message, in: place)
        return undelivered ?? result.outcome.counted
    }

    /// The outcome of a tile, and the times that it took.
    private struct Computed {
        let outcome: TileResult.Outcome
        var wall = Duration.zero
        var cpu = Duration.zero
    }

    /// Transforms a tile. If an earlier attempt may have crashed its worker, the offset is committed first. From
    /// attempt `aloneFromAttempt` on, the tile also runs alone; see `docs/wire-format.md`.
    /// - Returns: `nil` if the worker had to end before the tile began, or another worker gets the tile. Then this
    ///   worker sends no answer.
    private func compute(
        _ message: KafkaMessage, _ task: TileTask, into pixels: Handover<PixelBuffer>
    ) async -> Computed? {
        let isAlone = task.attempt >= Self.aloneFromAttempt
        do {
            return try await gate.pass(alone: isAlone) { () -> Computed in
                guard message.isBacklog || task.attempt > 1 else {
                    return try await run(message, task, into: pixels)
                }
                guard await commitFirst(message, task) else { throw CancellationError() }
                if isAlone {
                    progress.alone = TileAttempt(task.tile, attempt: task.attempt)
                    await heartbeats.send(.online)
                }
                defer { if isAlone { progress.alone = nil } }
                // In an unstructured task: no other worker gets the tile now, so it is done even if this task is
                // cancelled.
                return try await Task { try await run(message, task, into: pixels) }.value
            }
        } catch is CancellationError {
            return nil
        } catch {
            logger.warning("tile not transformed", metadata: Self.metadata(message, task, "\(error)"))
            return Computed(outcome: .failure(reason: "\(error)"))
        }
    }

    /// Commits the offset after a task before the task is processed. If the task crashes this worker, its record is not
    /// delivered again; the master resends the tile.
    ///
    /// A failed commit is repeated as long as this worker has the partition. If the worker crashes before a commit
    /// succeeds, the partition's next owner gets the task.
    /// - Returns: whether to process the task.
    private func commitFirst(_ message: KafkaMessage, _ task: TileTask) async -> Bool {
        var step = EarlyCommit.first(isStored: finish(message))
        while true {
            switch step {
            case .process: return true
            case .leave:
                logger.notice(
                    "task dropped; another worker gets it",
                    metadata: Self.metadata(message, task, "its partition was revoked before it was processed"))
                return false
            case .commit: break
            case .commitAgain: try? await Task.sleep(for: .milliseconds(500))
            }
            var isCommitted = false
            do {
                try await consumer.commit()
                isCommitted = true
            } catch {
                logger.debug("commit failed", metadata: Self.metadata(message, task, error.reason))
            }
            step = EarlyCommit.next(
                isCommitted: isCommitted, isAssigned: progress.isAssigned(message.place),
                isEnding: Task.isShuttingDownGracefully || Task.isCancelled)
        }
    }

    private func run(
        _ message: KafkaMessage, _ task: TileTask, into pixels: Handover<PixelBuffer>
    ) async throws -> Computed {
        let clock = ContinuousClock()
        let scope = ServiceContext.current
        return try await pool.runIfActive { [faults, canvases, telemetry] () throws -> Computed in
            let span = scope?.trace == nil ? nil : telemetry.tracer.startSpan("transform", context: scope ?? .topLevel)
            defer { span?.end() }
            let timing: StepTiming? = telemetry.metrics.isOn ? { telemetry.metrics.transformed($0, $1) } : nil
            let (start, cpu) = (clock.now, ThreadClock.cpuTime)
            let outcome = try faults.around(task) { () throws -> TileResult.Outcome in
                if let loan = task.loan {
                    guard let canvases else { return .unreachable(reason: "this worker has no canvases") }
                    return try canvases.transform(task, loan, timing: timing)
                }
                let buffer = try message.withPayload { bytes throws(ImagingError) in
                    try PixelBuffer.withView(of: bytes, size: task.size, format: task.format) {
                        image throws(ImagingError) in
                        try task.pipeline.apply(to: image, inner: task.inner, timing: timing)
                    }
                }
                let outcome = TileResult.Outcome.pixels(buffer.size, buffer.format)
                pixels.put(buffer)
                return outcome
            }
            let computed = Computed(outcome: outcome, wall: clock.now - start, cpu: ThreadClock.cpuTime - cpu)
            span?.attributes[SpanKey.transforms] = task.pipeline.description
            span?.attributes[SpanKey.cpuTime] = computed.cpu / .milliseconds(1)
            return computed
        }
    }

    /// The metadata of a log line: the record, the tile and the reason.
    private static func metadata(_ message: KafkaMessage, _ task: TileTask, _ reason: String) -> Logger.Metadata {
        message.logMetadata.merging(task.tile.logMetadata) { $1 }
            .merging([LogKey.attempt: "\(task.attempt)", LogKey.reason: "\(reason)"]) { $1 }
    }
}

extension TileResult.Outcome {
    /// The outcome to count once the result is delivered.
    fileprivate var counted: WorkerMetrics.Outcome {
        switch self {
        case .pixels: .transformed
        case .written: .written
        case .unreachable: .unreachable
        case .failure: .failed
        }
    }
}

extension KafkaMessage {
    /// The record's topic, partition and offset.
    var place: KafkaPartition { KafkaPartition(topic: topic, partition: partition, offset: offset) }
}
