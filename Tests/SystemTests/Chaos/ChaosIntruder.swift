import Foundation
import Logging
import TileCore

/// A client of the cluster that does what no worker should.
struct ChaosIntruder: Sendable {
    private let configuration: KafkaConfiguration
    private let logger = Logger(label: "intruder", factory: { _ in SwiftLogNoOpLogHandler() })
    private let topics = TopicNames()

    init(of arena: ChaosArena) async throws {
        if let cluster = arena.cluster {
            configuration = cluster.configuration
        } else {
            let answer = try await arena.ask("GET", "/api/v1/cluster")
            let found = try JSONDecoder().decode(ClusterDescription.self, from: answer.body)
            configuration = KafkaConfiguration(brokers: found.bootstrapServers, properties: found.properties)
        }
    }

    private func producer() throws -> KafkaProducer {
        var configuration = configuration
        configuration["message.timeout.ms"] = "10000"
        return try KafkaProducer(configuration, logger: logger)
    }

    /// Writes to every topic records that are unreadable, or that answer no task.
    func writeGarbage(_ numbers: inout NumberSequence) async throws {
        let producer = try producer()
        do {
            for _ in 0..<(1 + numbers.next(below: 8)) {
                let topic = numbers.pick([topics.tasks, topics.results, topics.heartbeats])
                let partition = topic == topics.heartbeats ? 0 : numbers.next(below: EmbeddedBroker.partitions)
                let count = numbers.next(below: 3000)
                let bytes = Self.bytes(count, &numbers)
                let header = Self.header(for: bytes.count, &numbers)
                try await producer.send(
                    KafkaRecord(
                        topic: topic, partition: Int32(partition), key: "garbage", headers: header.map { [$0] } ?? [],
                        payload: OwnedBytes(copying: bytes)))
            }
        } catch {
            await producer.close(within: 1)
            throw error
        }
        await producer.close(within: 5)
    }

    private static func bytes(_ count: Int, _ numbers: inout NumberSequence) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<count { bytes.append(UInt8(numbers.next(below: 256))) }
        return bytes
    }

    /// No header, a random one, or one that fits a result of a job that never existed.
    private static func header(for count: Int, _ numbers: inout NumberSequence) -> KafkaHeader? {
        switch numbers.next(below: 4) {
        case 0: return nil
        case 1:
            let length = numbers.next(below: 200)
            return KafkaHeader(TileTask.headerName, bytes(length, &numbers))
        case 2: return KafkaHeader(TileTask.headerName, Array("{\"v\":1,\"job\":7}".utf8))
        default:
            return TileResult(
                tile: TileID(job: .make(), pass: 0, index: 0), attempt: 1, worker: "intruder", milliseconds: 1,
                outcome: .pixels(PixelSize(width: max(1, count), height: 1), .gray(.eight))
            ).header
        }
    }

    /// Sends some results again, as duplicates.
    func doubleResults() async throws {
        let producer = try producer()
        let partitions = (0..<EmbeddedBroker.partitions).map {
            KafkaPartition(topic: topics.results, partition: Int32($0))
        }
        let consumer = try KafkaConsumer(configuration, source: .end(partitions), logger: logger)
        await Self.take(10, from: consumer) { message in
            let payload = message.withPayload { bytes in [UInt8](copying: bytes) }
            let header = message.header(TileTask.headerName).map { [KafkaHeader(TileTask.headerName, $0)] } ?? []
            _ = try? await producer.send(
                KafkaRecord(
                    topic: message.topic, partition: message.partition, key: message.key, headers: header,
                    payload: OwnedBytes(copying: payload)))
        }
        await consumer.close()
        await producer.close(within: 5)
    }

    /// Joins the workers' group, takes some tasks, stores their offsets without answering, and leaves.
    func stealTasks() async throws {
        let consumer = try KafkaConsumer(
            configuration, source: .group(TopicNames.workerGroup, topics: [topics.tasks]), logger: logger)
        await Self.take(6, from: consumer) { message in
            consumer.store(topic: message.topic, partition: message.partition, offset: message.offset + 1)
        }
        await consumer.close()
    }

    /// Takes up to `count` records within some seconds.
    private static func take(
        _ count: Int, from consumer: KafkaConsumer, _ use: @escaping @Sendable (KafkaMessage) async -> Void
    ) async {
        let taking = Task {
            var taken = 0
            while taken < count, let message = await consumer.next() {
                await use(message)
                taken += 1
            }
        }
        let limit = Task {
            try? await Task.sleep(for: .seconds(8))
            taking.cancel()
        }
        await taking.value
        limit.cancel()
    }
}
