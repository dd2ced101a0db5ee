import Foundation
import Logging
import Synchronization
import Testing
import TileCore

extension WorkerFaults {
    /// Records that no Tilework program wrote.
    @Suite(.serialized) struct GarbageTests {
        private static let options = ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"]
        private static let transforms = "blur:ksize=9"
        private static let topics = TopicNames()

        /// An unreadable record.
        private struct Garbage {
            let topic: String
            let header: String?
            var payload: [UInt8] = Array("some bytes".utf8)
            /// Words of the expected reason.
            let reason: String
            /// The process that has to write the dead letter.
            let finder: String
        }

        @Test func garbageGoesToDeadLettersAndWorkGoesOn() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let logger = Logger(label: "garbage", factory: { _ in SwiftLogNoOpLogHandler() })
                let producer = try KafkaProducer(cluster.configuration, logger: logger)
                let letters = try DeadLetterReader(cluster, logger: logger)
                let master = try await bench.startMaster(Self.options + cluster.arguments)
                _ = try await bench.startWorker(
                    "worker-1", of: master, ["--threads", "1"] + cluster.arguments,
                    environment: ["TILEWORK_FAULT_TILE_MS": "60"])
                try await master.fleet(["worker-1"])
                let source = try TestImage.file(640, 640)
                let expected = try WholeImage.result(of: source, transforms: Self.transforms)

                let job = try await master.submit(source, transforms: Self.transforms)
                _ = try await master.underWay(job, done: 5)
                var sent: [(place: KafkaPartition, garbage: Garbage)] = []
                for garbage in try Self.garbage() {
                    sent.append((try await Self.send(garbage, with: producer), garbage))
                }
                for (place, garbage) in sent {
                    let letter = try await eventually("there is a dead letter: \(garbage)", within: 30) {
                        letters.all.first { $0.place == place }
                    }
                    #expect(letter.head.reason.contains(garbage.reason), "\(letter.head.reason) for \(garbage)")
                    #expect(letter.head.from == garbage.finder)
                    #expect(letter.payload == garbage.payload)
                    #expect(letter.description == garbage.header.map { Array($0.utf8) })
                }
                #expect(letters.all.count == sent.count)
                #expect(try await master.completed(job) == expected)
                // The worker reports the number of its dead letters with the next heartbeat.
                try await eventually("all dead letters are counted") {
                    try await master.statistics().deadLetters == sent.count ? true : nil
                }

                // Master and worker still work.
                let next = try await master.submit(source, transforms: Self.transforms)
                #expect(try await master.completed(next) == expected)
                let statistics = try await master.statistics()
                #expect(statistics.tiles.completed == job.progress.total + next.progress.total)
                #expect(statistics.tiles.givenUp == 0)
                #expect(statistics.workers.lost == 0)
                await letters.close()
                await producer.close(within: 3)
            }
        }

        @Test func resultsWithoutATaskAreDroppedAndCounted() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let logger = Logger(label: "garbage", factory: { _ in SwiftLogNoOpLogHandler() })
                let producer = try KafkaProducer(cluster.configuration, logger: logger)
                let master = try await bench.startMaster(Self.options + cluster.arguments)
                _ = try await bench.startWorker(
                    "worker-1", of: master, ["--threads", "1"] + cluster.arguments,
                    environment: ["TILEWORK_FAULT_TILE_MS": "60"])
                try await master.fleet(["worker-1"])
                let source = try TestImage.file(640, 640)
                let expected = try WholeImage.result(of: source, transforms: Self.transforms)
                let finished = try await master.submit(TestImage.file(128, 128), transforms: "invert")
                _ = try await master.completed(finished)
                let before = try await master.statistics().droppedResults["unknown_job", default: 0]

                let job = try await master.submit(source, transforms: Self.transforms)
                _ = try await master.underWay(job, done: 5)
                let id = try #require(JobID(rawValue: job.jobId))
                let old = try #require(JobID(rawValue: finished.jobId))
                let whole = PixelSize(width: 64, height: 64)
                let wrong: [(TileID, PixelSize)] = [
                    (TileID(job: .make(), pass: 0, index: 0), whole), (TileID(job: old, pass: 0, index: 0), whole),
                    (TileID(job: id, pass: 3, index: 0), whole), (TileID(job: id, pass: 0, index: 100), whole),
                    (TileID(job: id, pass: 0, index: 99), PixelSize(width: 64, height: 63)),
                ]
                // The failure of an attempt that was never sent.
                let failure = TileResult(
                    tile: TileID(job: id, pass: 0, index: 99), attempt: 7, worker: "intruder", milliseconds: 1,
                    outcome: .failure(reason: "no attempt"))
                try await producer.send(
                    KafkaRecord(
                        topic: Self.topics.results, partition: 0, headers: [failure.header],
                        payload: OwnedBytes(count: 0)))
                for (tile, size) in wrong {
                    let result = TileResult(
                        tile: tile, attempt: 1, worker: "intruder", milliseconds: 1,
                        outcome: .pixels(size, .bgr(.eight)))
                    try await producer.send(
                        KafkaRecord(
                            topic: Self.topics.results, partition: 0, headers: [result.header],
                            payload: OwnedBytes(copying: [UInt8](repeating: 7, count: 3 * size.area))))
                }
                let dropped = try await eventually("all are dropped", within: 30) {
                    let now = try await master.statistics().droppedResults
                    return now["wrong_pixels", default: 0] > 0 ? now : nil
                }
                #expect(dropped["unknown_job", default: 0] - before == 2)
                #expect(dropped["other_pass"] == 1)
                #expect(dropped["no_such_tile"] == 1)
                #expect(dropped["wrong_pixels"] == 1)
                #expect(dropped["duplicate", default: 0] >= 1)
                #expect(try await !master.job(job.jobId).isFinal)
                #expect(try await master.completed(job) == expected)
                let statistics = try await master.statistics()
                #expect(statistics.deadLetters == 0)
                #expect(statistics.tiles.givenUp == 0)
                #expect(master.process.errorOutput.contains("a result was dropped"))
                await producer.close(within: 3)
            }
        }

        private static func garbage() throws -> [Garbage] {
            let tile = TileID(job: .make(), pass: 0, index: 0)
            let size = PixelSize(width: 64, height: 64)
            let task = TileTask(
                tile: tile, attempt: 1, size: size, format: .gray(.eight), inner: TileRegion(whole: size),
                pipeline: try Pipeline(parsing: "invert"), replyTo: topics.results)
            let result = TileResult(
                tile: tile, attempt: 1, worker: "intruder", milliseconds: 1, outcome: .pixels(size, .gray(.eight)))
            let places = [(topics.tasks, task.header, "worker-1"), (topics.results, result.header, "master")]
            let records = places.flatMap { topic, header, finder in
                [
                    Garbage(topic: topic, header: nil, reason: "no header 'tile'", finder: finder),
                    Garbage(topic: topic, header: "{\"v\":", reason: "no JSON object", finder: finder),
                    Garbage(topic: topic, header: "{\"v\":99}", reason: "version 99", finder: finder),
                    Garbage(topic: topic, header: "{\"v\":1}", reason: "is missing", finder: finder),
                    Garbage(
                        topic: topic, header: String(decoding: header.value, as: UTF8.self),
                        reason: "takes 4096 bytes; the record has 10", finder: finder),
                ]
            }
            let stranger = Heartbeat(
                worker: "worker 1", instance: "1", host: "host", pid: 1, state: .online, slots: 1, tilesDone: 0,
                uptime: 1, partitions: [])
            let heartbeats: [([UInt8], String)] = [
                (Array("some bytes".utf8), "no JSON object"), (Array("{\"v\":99}".utf8), "version 99"),
                (stranger.payload, "no worker id"),
            ]
            let malformed = Garbage(
                topic: topics.tasks,
                header: String(decoding: task.header.value, as: UTF8.self)
                    .replacingOccurrences(of: "invert", with: "invert:turns=2"),
                payload: [UInt8](repeating: 7, count: size.area), reason: "no parameter 'turns'", finder: "worker-1")
            return records + [malformed]
                + heartbeats.map { payload, reason in
                    Garbage(
                        topic: topics.heartbeats, header: nil, payload: payload, reason: reason, finder: "master")
                }
        }

        private static func send(_ garbage: Garbage, with producer: KafkaProducer) async throws -> KafkaPartition {
            let headers = garbage.header.map { [KafkaHeader(TileTask.headerName, Array($0.utf8))] } ?? []
            let delivery = try await producer.send(
                KafkaRecord(
                    topic: garbage.topic, partition: 0, key: "garbage", headers: headers,
                    payload: OwnedBytes(copying: garbage.payload)))
            return KafkaPartition(topic: garbage.topic, partition: delivery.partition, offset: delivery.offset)
        }
    }
}

/// Collects the records of `dead-letters`.
private final class DeadLetterReader: Sendable {
    struct Letter: Sendable {
        let head: DeadLetter
        let payload: [UInt8]
        /// The header of the original record.
        let description: [UInt8]?

        /// The topic, partition and offset of the original record.
        var place: KafkaPartition {
            KafkaPartition(topic: head.topic, partition: Int32(head.partition), offset: head.offset)
        }
    }

    private let consumer: KafkaConsumer
    private let letters = Mutex<[Letter]>([])

    init(_ cluster: TestCluster, logger: Logger) throws {
        let partition = KafkaPartition(topic: TopicNames().deadLetters, partition: 0)
        consumer = try KafkaConsumer(
            cluster.configuration, source: .stored(group: "letters", [partition]), logger: logger)
        Task { await read() }
    }

    var all: [Letter] { letters.withLock { $0 } }

    func close() async { await consumer.close() }

    private func read() async {
        while let message = await consumer.next() {
            guard let head = try? DeadLetter(header: message.header(DeadLetter.headerName)) else {
                Issue.record("a dead letter has no header of its own")
                continue
            }
            let letter = Letter(
                head: head, payload: message.withPayload { bytes in [UInt8](copying: bytes) },
                description: message.header(TileTask.headerName))
            letters.withLock { $0.append(letter) }
        }
    }
}
