import Foundation
import Synchronization
import Testing
import Tracing

@testable import MasterDaemon
@testable import TileCore

/// Tiles and results, with a fake cluster that answers when a test tells it to.
@Suite(.timeLimit(.minutes(10))) struct KafkaTransportTests {
    /// The fake cluster. Each record waits for its answer.
    private final class FakeCluster: Sendable {
        let payloads = Mutex<[Int]>([])
        let tasks = Mutex<[TileTask?]>([])
        /// All headers except those of the tile and the filler.
        let otherHeaders = Mutex<[[KafkaHeader]]>([])
        /// The bytes of the filler; `nil` for a record without one.
        let fillers = Mutex<[Int?]>([])
        let arrivals: AsyncStream<Void>
        private let arrival: AsyncStream<Void>.Continuation
        private let answers: AsyncStream<KafkaError?>
        private let answer: AsyncStream<KafkaError?>.Continuation

        init() {
            (arrivals, arrival) = AsyncStream.makeStream()
            (answers, answer) = AsyncStream.makeStream()
        }

        func say(_ error: KafkaError?) { answer.yield(error) }

        func take(_ record: consuming KafkaRecord) async throws(KafkaError) {
            let count = record.payload.count
            payloads.withLock { $0.append(count) }
            let header = record.headers.first { $0.name == TileTask.headerName }?.value
            tasks.withLock { $0.append(try? TileTask(header: header, payloadCount: count)) }
            let filler = record.headers.first { $0.name == TileTask.fillerName }?.value.count
            fillers.withLock { $0.append(filler) }
            let others = record.headers.filter { ![TileTask.headerName, TileTask.fillerName].contains($0.name) }
            otherHeaders.withLock { $0.append(others) }
            arrival.yield()
            for await answer in answers {
                if let answer { throw answer }
                return
            }
        }
    }

    private static let topics = TopicNames()

    /// A transport with the clients of an embedded broker, which sends to `cluster` instead.
    private static func with<R>(
        _ cluster: FakeCluster, disk: DiskPool, stages: StageMeter = StageMeter(), lending: CanvasLending? = nil,
        tracer: any Instrument = NoOpTracer(),
        _ body: (KafkaTransport, KafkaProducer, DeadLetters) async throws -> R
    ) async throws -> R {
        let broker = try EmbeddedBroker(
            topics: topics.specifications, groups: [TopicNames.workerGroup], logger: .silent)
        let producer = try KafkaProducer(broker.configuration, logger: .silent)
        let consumer = try KafkaConsumer(
            broker.configuration,
            source: .stored(group: "master", [KafkaPartition(topic: topics.results, partition: 0)]), logger: .silent)
        let letters = DeadLetters()
        let sender = DeadLetterSender(topic: topics.deadLetters, pause: .zero, logger: .silent) {
            (record: consuming KafkaRecord) async throws(KafkaError) in letters.add(record)
        }
        let sending = Task { try await sender.run() }
        let transport = KafkaTransport(
            consumer: consumer, topics: topics, deadLetters: sender, disk: disk, stages: stages,
            lending: lending, filler: [UInt8](repeating: 0, count: 99), tracer: tracer, logger: .silent
        ) { (record: consuming KafkaRecord) async throws(KafkaError) in try await cluster.take(record) }
        let result: Result<R, any Error>
        do { result = .success(try await body(transport, producer, letters)) } catch { result = .failure(error) }
        sending.cancel()
        await transport.close()
        await producer.close(within: 1)
        return try result.get()
    }

    private final class DeadLetters: Sendable {
        let arrivals: AsyncStream<[UInt8]>
        private let arrival: AsyncStream<[UInt8]>.Continuation
        init() { (arrivals, arrival) = AsyncStream.makeStream() }
        func add(_ record: consuming KafkaRecord) {
            arrival.yield(record.payload.withBytes { [UInt8](copying: $0) })
        }
    }

    private static func order(_ side: Int, tile: Int) throws -> PassOrder {
        let size = PixelSize(width: side, height: side)
        let canvas = { try Canvas.temporary(size: size, format: .gray(.eight), in: "/tmp") }
        return PassOrder(
            run: JobMachine.Run(job: .make(), generation: 1), pass: 0, pipeline: try Pipeline(parsing: "invert"),
            geometry: PassGeometry(
                grid: TileGrid(image: size, tileSize: tile), halo: 0, input: .gray(.eight), output: .gray(.eight)),
            source: ImageUnderWay(try canvas(), rows: side), target: ImageUnderWay(try canvas()))
    }

    /// The record of lent tiles has no pixels. It tells where they are, also for a group of tiles.
    @Test func recordsOfLentTilesHaveNoPixels() async throws {
        let (cluster, stages, folder) = (FakeCluster(), StageMeter(), try TestFolder())
        let lending = try CanvasLending(CanvasFolder(folder.url.path))
        let (size, job) = (PixelSize(width: 96, height: 64), JobID.make())
        let canvas = { (name: String) in
            ImageUnderWay(
                try Canvas.create(path: folder.url.path + "/" + name, size: size, format: .gray(.eight)), rows: 64)
        }
        let order = PassOrder(
            run: JobMachine.Run(job: job, generation: 1), pass: 0, pipeline: try Pipeline(parsing: "sharpen"),
            geometry: PassGeometry(
                grid: TileGrid(image: size, tileSize: 64), halo: 1, input: .gray(.eight), output: .gray(.eight)),
            source: try canvas("0.raw"), target: try canvas("1.raw"))
        try await Self.with(cluster, disk: DiskPool(threads: 1), stages: stages, lending: lending) { transport, _, _ in
            for (first, count, isLent) in [(1, 1, true), (1, 1, false), (0, 2, true)] {
                cluster.say(nil)
                try await transport.send(
                    Scheduler.Dispatch(
                        tile: order.id.tile(first), count: count, isLent: isLent, partition: 1, attempt: 1), of: order)
            }
            // Images in memory, such as those of `process`, cannot be lent.
            #expect(transport.canLend(order))
            #expect(!transport.canLend(try Self.order(64, tile: 64)))
        }
        let counts: [Int] = cluster.payloads.withLock { $0 }
        #expect(counts == [0, 33 * 64, 0])
        let tasks = cluster.tasks.withLock { $0 }
        let source = try #require((order.source.pixels as? Canvas)?.inode)
        let target = try #require((order.target.pixels as? Canvas)?.inode)
        let single = CanvasLoan(id: order.loan, image: size, x: 63, y: 0, source: source, target: target)
        let group = CanvasLoan(id: order.loan, image: size, x: 0, y: 0, source: source, target: target, tiles: 2)
        let loans: [CanvasLoan?] = tasks.map { $0?.loan }
        #expect(loans == [single, nil, group])
        #expect(
            tasks.map { $0?.inner } == [1, 1, 0].map { TileRegion(x: $0, y: 0, width: $0 == 1 ? 32 : 96, height: 64) })
        let fillers: [Int?] = cluster.fillers.withLock { $0 }
        #expect(fillers == [99, nil, 99])
        #expect(stages[.cut].count == 1)
    }

    /// A record has the trace context of its sender, and no further headers if the trace is not recorded.
    @Test(arguments: [true, false]) func theTraceContextIsSent(_ isSampled: Bool) async throws {
        let (cluster, order) = (FakeCluster(), try Self.order(64, tile: 64))
        let tracer = TileworkTracer(sampler: TraceSampler(ratio: isSampled ? 1 : 0)) { _ in }
        let span = tracer.startSpan("tile", context: .topLevel)
        try await Self.with(cluster, disk: DiskPool(threads: 1), tracer: tracer) { transport, _, _ in
            cluster.say(nil)
            try await ServiceContext.withValue(span.context) {
                try await transport.send(Self.dispatch(order, 0), of: order)
            }
        }
        let headers = cluster.otherHeaders.withLock { $0 }
        let parent = try #require(span.context.trace?.parent)
        #expect(headers == [isSampled ? [KafkaHeader("traceparent", Array(parent.utf8))] : []])
    }

    private static func dispatch(_ order: PassOrder, _ index: Int) -> Scheduler.Dispatch {
        Scheduler.Dispatch(tile: order.id.tile(index), partition: 0, attempt: 1)
    }

    @Test(arguments: [
        (KafkaError.Code.recordTooLarge, true), (.unknownTopic, true), (.authorization, true), (.timedOut, false),
        (.closed, false),
    ])
    func someErrorsAreFinal(code: KafkaError.Code, isFinal: Bool) async throws {
        let cluster = FakeCluster()
        cluster.say(KafkaError(code, "no"))
        try await Self.with(cluster, disk: DiskPool(threads: 1)) { transport, _, _ in
            let order = try Self.order(64, tile: 64)
            let error = await #expect(throws: TransportError.self) {
                try await transport.send(Self.dispatch(order, 0), of: order)
            }
            #expect(error?.isFinal == isFinal && error?.reason == "no")
        }
    }

    /// A tile of an ended pass is neither cut nor sent.
    @Test func anEndedPassSendsNothing() async throws {
        let cluster = FakeCluster()
        try await Self.with(cluster, disk: DiskPool(threads: 1)) { transport, _, _ in
            let order = try Self.order(64, tile: 64)
            order.ended.set()
            let error = await #expect(throws: TransportError.self) {
                try await transport.send(Self.dispatch(order, 0), of: order)
            }
            #expect(error?.isFinal == false && error?.reason == "its pass has ended")
            #expect(cluster.payloads.withLock { $0.isEmpty })
        }
    }

    /// The bytes that the cluster has not taken yet are limited. At the limit, the next tile waits before it is cut.
    @Test func aTileIsCutOnceThereIsBudgetForIt() async throws {
        let (cluster, stages) = (FakeCluster(), StageMeter())
        try await Self.with(cluster, disk: DiskPool(threads: 2), stages: stages) { transport, _, _ in
            let bytes = 1024 * 1024
            let fitting = KafkaTransport.producerBytes / bytes
            let order = try Self.order(1024 * 10, tile: 1024)
            try #require(order.geometry.grid.count == 100 && fitting == 96)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<100 {
                    group.addTask { try await transport.send(Self.dispatch(order, index), of: order) }
                }
                var arrivals = cluster.arrivals.makeAsyncIterator()
                for _ in 0..<fitting { await arrivals.next() }
                #expect(cluster.payloads.withLock { $0.count } == fitting && stages[.cut].count == fitting)
                // Each tile that the cluster takes allows another one.
                for _ in fitting..<100 {
                    cluster.say(nil)
                    await arrivals.next()
                }
                #expect(cluster.payloads.withLock { $0.allSatisfy { $0 == bytes } && $0.count == 100 })
                for _ in 0..<fitting { cluster.say(nil) }
                try await group.waitForAll()
                #expect(stages[.cut].count == 100 && stages[.cut].bytes == 100 * bytes)
            }
        }
    }

    /// A record that is no result does not stop the later ones.
    @Test func malformedRecordsAreDeadLettered() async throws {
        let cluster = FakeCluster()
        try await Self.with(cluster, disk: DiskPool(threads: 1)) { transport, producer, letters in
            let tile = TileID(job: .make(), pass: 0, index: 0)
            let result = TileResult(
                tile: tile, attempt: 1, worker: "worker-1", milliseconds: 1, outcome: .failure(reason: "no memory"))
            try await producer.send(
                KafkaRecord(
                    topic: Self.topics.results, partition: 0, key: "garbage",
                    payload: OwnedBytes(copying: Array("?".utf8))))
            try await producer.send(
                KafkaRecord(
                    topic: Self.topics.results, partition: 0, key: tile.job.rawValue, headers: [result.header],
                    payload: OwnedBytes(count: 0)))
            let delivery = try #require(await transport.nextResult())
            #expect(delivery.result.tile == tile)
            var arrivals = letters.arrivals.makeAsyncIterator()
            #expect(await arrivals.next() == Array("?".utf8))
        }
    }
}
