import Logging
import Synchronization
import TileCore

/// An independent worker in the test's own process. Its tiles are right, but its answers are repeated, lost or late. It
/// sends no heartbeats.
final class ForeignWorker: Sendable {
    enum Habit: Sendable {
        /// Answers everything twice.
        case repeats
        /// Never answers the first attempt of some tiles.
        case loses
        /// Answers late, and in another order.
        case shuffles
        /// Answers the first attempt of some tiles after the second.
        case delays
        /// Fails this many attempts of some tiles, beginning with the first.
        case fails(attempts: Int)

        /// Habits that fail no job. The first answers of a new worker take long, and the master derives from them when
        /// a tile is late. So the first habit does not rely on late tiles.
        static let bearable: [Habit] = [.repeats, .loses, .shuffles, .delays, .fails(attempts: 1)]
    }

    /// The reason of the failed tiles.
    static let excuse = "out of luck"

    /// The answer to a tile.
    private struct Answer: Sendable {
        let topic: String
        let partition: Int32
        let key: String
        let header: KafkaHeader
        let pixels: [UInt8]
    }

    private struct State {
        var habit = Habit.repeats
        var surplus = 0
        var kept: [TileID: Answer] = [:]
    }

    private let consumer: KafkaConsumer
    private let producer: KafkaProducer
    private let state = Mutex(State())

    private init(_ cluster: TestCluster) throws {
        let logger = Logger(label: "foreign", factory: { _ in SwiftLogNoOpLogHandler() })
        ImagingSetup.prepare()
        producer = try KafkaProducer(cluster.configuration, logger: logger)
        consumer = try KafkaConsumer(
            cluster.configuration, source: .group(TopicNames.workerGroup, topics: [TopicNames().tasks]),
            logger: logger)
    }

    /// Calls `body` with a worker that is joining the group.
    static func with<R>(_ cluster: TestCluster, _ body: (ForeignWorker) async throws -> R) async throws -> R {
        let worker = try ForeignWorker(cluster)
        let run = Task { await worker.run() }
        let result: Result<R, any Error>
        do {
            result = .success(try await body(worker))
        } catch {
            result = .failure(error)
        }
        await worker.consumer.close()
        await run.value
        await worker.producer.close(within: 3)
        return try result.get()
    }

    var habit: Habit {
        get { state.withLock { $0.habit } }
        set { state.withLock { $0.habit = newValue } }
    }

    /// The number of answers beyond the first one of each tile.
    var surplus: Int { state.withLock { $0.surplus } }

    private func run() async {
        await withDiscardingTaskGroup { group in
            while let message = await consumer.next() {
                consumer.store(topic: message.topic, partition: message.partition, offset: message.offset + 1)
                group.addTask { _ = try? await self.handle(message) }
            }
        }
    }

    private func handle(_ message: KafkaMessage) async throws {
        let task = try TileTask(header: message.header(TileTask.headerName), payloadCount: message.payloadCount)
        let answer = try Self.answer(to: task, in: message)
        let isOfSome = task.tile.index % 3 == 1
        let isFirstOfSome = isOfSome && task.attempt == 1
        switch habit {
        case .loses:
            if !isFirstOfSome { try await send(answer) }
        case .repeats:
            try await send(answer)
            try await send(answer, isSurplus: true)
        case .shuffles:
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...300)))
            try await send(answer)
        case .delays:
            if isFirstOfSome {
                state.withLock { $0.kept[task.tile] = answer }
            } else {
                try await send(answer)
                let kept = state.withLock { $0.kept.removeValue(forKey: task.tile) }
                if let kept { try await send(kept, isSurplus: true) }
            }
        case .fails(let attempts):
            try await send(isOfSome && task.attempt <= attempts ? Self.refusal(of: task, in: message) : answer)
        }
    }

    private static func answer(to task: TileTask, in message: KafkaMessage) throws -> Answer {
        let buffer = try pixels(of: task, in: message)
        let result = TileResult(
            tile: task.tile, attempt: task.attempt, worker: "foreign-1", milliseconds: 1,
            outcome: .pixels(buffer.size, buffer.format))
        let bytes = buffer.takeBytes()
        return Answer(
            topic: task.replyTo, partition: message.partition, key: task.tile.job.rawValue, header: result.header,
            pixels: bytes.withBytes { bytes in [UInt8](copying: bytes) })
    }

    private static func refusal(of task: TileTask, in message: KafkaMessage) -> Answer {
        let result = TileResult(
            tile: task.tile, attempt: task.attempt, worker: "foreign-1", milliseconds: 1,
            outcome: .failure(reason: excuse))
        return Answer(
            topic: task.replyTo, partition: message.partition, key: task.tile.job.rawValue, header: result.header,
            pixels: [])
    }

    private static func pixels(of task: TileTask, in message: KafkaMessage) throws -> PixelBuffer {
        try message.withPayload { bytes throws(ImagingError) in
            try PixelBuffer.withView(of: bytes, size: task.size, format: task.format) { image throws(ImagingError) in
                try task.pipeline.apply(to: image, inner: task.inner)
            }
        }
    }

    private func send(_ answer: Answer, isSurplus: Bool = false) async throws {
        try await producer.send(
            KafkaRecord(
                topic: answer.topic, partition: answer.partition, key: answer.key, headers: [answer.header],
                payload: OwnedBytes(copying: answer.pixels)))
        if isSurplus { state.withLock { $0.surplus += 1 } }
    }
}
