import Logging
import Synchronization
import TileCore

/// Tasks without a master: a test sends them to a cluster, and sees which of them are answered.
///
/// No task is resent, so a task that no worker answers stays unanswered.
final class DirectTasks: Sendable {
    private struct State {
        var sent = 0
        var answers: [Int: Int] = [:]
        var failures: [String] = []
    }

    private static let size = PixelSize(width: 64, height: 64)

    private let job = JobID.make()
    private let topics = TopicNames()
    private let producer: KafkaProducer
    private let consumer: KafkaConsumer
    private let state = Mutex(State())

    private init(_ cluster: TestCluster) throws {
        let logger = Logger(label: "direct", factory: { _ in SwiftLogNoOpLogHandler() })
        producer = try KafkaProducer(cluster.configuration, logger: logger)
        let partitions = (0..<EmbeddedBroker.partitions).map {
            KafkaPartition(topic: TopicNames().results, partition: Int32($0))
        }
        consumer = try KafkaConsumer(
            cluster.configuration, source: .stored(group: "direct-tasks", partitions), logger: logger)
    }

    /// Calls `body` with a sender of tasks that also reads the answers.
    static func with<R>(_ cluster: TestCluster, _ body: (DirectTasks) async throws -> R) async throws -> R {
        let tasks = try DirectTasks(cluster)
        let reading = Task { await tasks.read() }
        let result: Result<R, any Error>
        do {
            result = .success(try await body(tasks))
        } catch {
            result = .failure(error)
        }
        await tasks.consumer.close()
        await reading.value
        await tasks.producer.close(within: 3)
        return try result.get()
    }

    /// The tiles answered with pixels, with the number of such answers.
    var answers: [Int: Int] { state.withLock { $0.answers } }

    /// The failures that workers reported, with their reasons.
    var failures: [String] { state.withLock { $0.failures } }

    /// The tiles sent that no worker has answered.
    var unanswered: [Int] { state.withLock { state in (0..<state.sent).filter { state.answers[$0] == nil } } }

    /// Sends tasks to all partitions in turn.
    /// - Parameter attempt: above 1, workers treat each task as one that was tried before.
    func send(_ count: Int, attempt: Int) async throws {
        let first = state.withLock { state in
            defer { state.sent += count }
            return state.sent
        }
        for index in first..<(first + count) {
            let task = TileTask(
                tile: TileID(job: job, pass: 0, index: index), attempt: attempt, size: Self.size, format: .gray(.eight),
                inner: TileRegion(whole: Self.size), pipeline: try Pipeline(parsing: "invert"),
                replyTo: topics.results)
            try await producer.send(
                KafkaRecord(
                    topic: topics.tasks, partition: Int32(index % EmbeddedBroker.partitions), key: job.rawValue,
                    headers: [task.header],
                    payload: OwnedBytes(copying: [UInt8](repeating: UInt8(index % 251), count: Self.size.area))))
        }
    }

    /// Returns once this many tiles are answered.
    func answered(_ count: Int, within seconds: Double = 60) async throws {
        try await eventually("\(count) tiles are answered", within: seconds) { answers.count >= count ? true : nil }
    }

    /// Returns once every tile sent is answered.
    func allAnswered(within seconds: Double = 90) async throws {
        do {
            try await eventually("all tiles are answered", within: seconds) { unanswered.isEmpty ? true : nil }
        } catch {
            throw BenchError("\(error); never answered: \(unanswered), failed: \(failures)")
        }
    }

    private func read() async {
        while let message = await consumer.next() {
            let header = message.header(TileTask.headerName)
            guard let result = try? TileResult(header: header, payloadCount: message.payloadCount) else { continue }
            state.withLock { state in
                switch result.outcome {
                case .pixels, .written: state.answers[result.tile.index, default: 0] += 1
                case .failure(let reason), .unreachable(let reason):
                    state.failures.append("tile \(result.tile.index): \(reason)")
                }
            }
        }
    }
}
