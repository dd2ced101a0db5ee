import Foundation
import Logging
import Synchronization
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// The dispatcher and the collector with a transport that the test controls.
@Suite(.timeLimit(.minutes(10))) struct DispatcherTests {
    private let transport = ScriptedTransport()
    private let log = ListLog()
    private let stages = StageMeter()
    private let dispatcher: Dispatcher
    private let collector: ResultCollector
    private let disk = DiskPool(threads: 2)
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder()
        dispatcher = Dispatcher(partitions: 2, transport: transport, log: log, stages: stages, logger: .silent)
        collector = ResultCollector(
            transport: transport, dispatcher: dispatcher, log: log, disk: disk, stages: stages, logger: .silent)
    }

    private func order(_ job: JobID, generation: Int = 1, tiles: Int = 3) throws -> PassOrder {
        try .row(of: tiles, job: job, generation: generation, in: folder)
    }

    private func delivery(_ sent: ScriptedTransport.Sent, byte: UInt8 = 9) -> ScriptedDelivery {
        ScriptedDelivery(result: .pixels(sent.tile, attempt: sent.attempt), byte: byte, transport: transport)
    }

    @Test func aPassEndsOnceAllItsTilesAreWrittenAndNoted() async throws {
        let order = try order(.make())
        let pass = Task { try await dispatcher.run(order, missing: [0, 1, 2]) }
        for number in 0..<3 {
            let dispatch = await transport.nextSent()
            await collector.collect(delivery(dispatch, byte: UInt8(number + 1)))
        }
        try await pass.value
        #expect(transport.acknowledged == 3)
        #expect(log.completed.count == 3)
        #expect(log.changes.allSatisfy { $0.generation == 1 })
        let isWritten = order.target.pixels.withPixels(rows: 0..<order.target.height) { pixels in
            var isWritten = true
            pixels.forEachRow { row in isWritten = isWritten && ![UInt8](copying: row).contains(0) }
            return isWritten
        }
        #expect(isWritten)
    }

    /// A slow worker may have written into the canvas of a run that has ended.
    @Test func pixelsInAnotherRunsCanvasCountAsNothing() async throws {
        let (old, order) = (try order(.make(), tiles: 1), try order(.make(), tiles: 1))
        let pass = Task { try await dispatcher.run(order, missing: [0]) }
        let sent = await transport.nextSent()
        func written(_ loan: String) -> ScriptedDelivery {
            ScriptedDelivery(
                result: TileResult(
                    tile: sent.tile, attempt: sent.attempt, worker: "worker-1", milliseconds: 1,
                    outcome: .written(order.geometry.grid[0].size, .gray(.eight)),
                    loan: TileResult.Loan(id: loan, tiles: 1)),
                byte: 9, transport: transport)
        }
        await collector.collect(written(old.loan))
        #expect(await dispatcher.statistics.drops == [.otherCanvas: 1])
        #expect(transport.acknowledged == 1 && log.completed.isEmpty)
        await collector.collect(written(order.loan))
        try await pass.value
        #expect(log.completed.count == 1)
    }

    @Test func aTileWhoseCanvasCannotBeOpenedIsResent() async throws {
        let order = try order(.make(), tiles: 1)
        let pass = Task { try await dispatcher.run(order, missing: [0]) }
        let first = await transport.nextSent()
        await collector.collect(
            ScriptedDelivery(
                result: TileResult(
                    tile: first.tile, attempt: first.attempt, worker: "worker-1", milliseconds: 1,
                    outcome: .unreachable(reason: "no such file")),
                byte: 9, transport: transport))
        let second = await transport.nextSent()
        #expect(second.attempt == 2)
        await collector.collect(delivery(second))
        try await pass.value
        #expect(await dispatcher.statistics.failures == 0)
    }

    /// The job's history gets the worker and the reason.
    @Test func attemptsThatBringNothingAreNoted() async throws {
        let order = try order(.make(), tiles: 2)
        let pass = Task { try await dispatcher.run(order, missing: [0, 1]) }
        for number in 1...4 {
            var sent = await transport.nextSent()
            while sent.tile.index != 0 || sent.attempt != number { sent = await transport.nextSent() }
            await collector.collect(
                ScriptedDelivery(
                    result: .failure(sent.tile, attempt: sent.attempt, reason: "no memory"), byte: 9,
                    transport: transport))
        }
        await #expect(throws: JobFailure.self) { try await pass.value }
        #expect(log.ends.map(\.attempt) == [1, 2, 3, 4])
        #expect(log.ends.allSatisfy { $0.kind == .attemptFailed && $0.tile.index == 0 && $0.reason == "no memory" })
        #expect(log.ends.allSatisfy { $0.worker == "worker-1" })
    }

    @Test func aLostWorkersAttemptsAreNoted() async throws {
        let order = try order(.make(), tiles: 1)
        let pass = Task { try await dispatcher.run(order, missing: [0]) }
        let first = await transport.nextSent()
        await dispatcher.workerLost(
            LostWorker(id: "worker-7", partitions: [0, 1], heard: .now + .seconds(1), alone: nil))
        #expect(log.ends.map(\.kind) == [.workerLost])
        #expect(log.ends.first?.worker == "worker-7" && log.ends.first?.attempt == first.attempt)
        await collector.collect(delivery(await transport.nextSent()))
        try await pass.value
    }

    @Test func stagesAreCountedForResultsThatAreTaken() async throws {
        let order = try order(.make(), tiles: 2)
        let pass = Task { try await dispatcher.run(order, missing: [0, 1]) }
        let first = await transport.nextSent()
        await collector.collect(delivery(first))
        await collector.collect(delivery(first))
        await collector.collect(delivery(await transport.nextSent()))
        try await pass.value
        let tile = order.geometry.bytes(0)
        for stage in [StageMeter.Stage.kernel, .paste] {
            #expect(stages[stage].count == 2 && stages[stage].bytes == 2 * tile, "\(stage)")
        }
        // The time that the workers report.
        #expect(abs(stages[.kernel].wall / .milliseconds(1) - 200) < 0.01)
        #expect(stages[.paste].wall > .zero)
        // Bytes of tiles to the workers, and of results back.
        #expect(stages[.transport].count == 2 && stages[.transport].bytes == 4 * tile)
    }

    /// A result that is not needed is acknowledged, too. Otherwise it would be delivered again and again.
    @Test func aResultThatIsNotNeededIsAcknowledgedAndDropped() async throws {
        let stray = ScriptedTransport.Sent(tile: TileID(job: .make(), pass: 0, index: 0), attempt: 1, generation: 1)
        await collector.collect(delivery(stray))
        #expect(transport.acknowledged == 1 && log.changes.isEmpty)
        #expect(await dispatcher.statistics.drops[.unknownJob] == 1)
        let order = try order(.make(), tiles: 2)
        let pass = Task { try await dispatcher.run(order, missing: [0, 1]) }
        let first = await transport.nextSent()
        await collector.collect(delivery(first))
        await collector.collect(delivery(first))
        #expect(await dispatcher.statistics.drops[.duplicate] == 1)
        await collector.collect(delivery(await transport.nextSent()))
        try await pass.value
        #expect(transport.acknowledged == 4 && log.completed.count == 2)
    }

    /// The transport reads the mark, so that it does not send tiles that still wait for memory.
    @Test func aCancelledPassIsMarkedAsEnded() async throws {
        let order = try order(.make())
        let pass = Task { try await dispatcher.run(order, missing: [0, 1, 2]) }
        _ = await transport.nextSent()
        #expect(!order.ended.isSet)
        pass.cancel()
        await #expect(throws: CancellationError.self) { try await pass.value }
        #expect(order.ended.isSet)
    }

    /// In an earlier version two runs of one job met in the scheduler, and its precondition ended the master.
    @Test func aNewerRunEndsTheOlderAndAnOlderGetsNothing() async throws {
        let job = JobID.make()
        let old = try order(job, generation: 1)
        let first = Task { try await dispatcher.run(old, missing: [0, 1, 2]) }
        _ = await transport.nextSent()
        let new = try order(job, generation: 2)
        let second = Task { try await dispatcher.run(new, missing: [0]) }
        await #expect(throws: CancellationError.self) { try await first.value }
        await #expect(throws: CancellationError.self) { try await dispatcher.run(old, missing: [0]) }
        await #expect(throws: CancellationError.self) { try await dispatcher.run(new, missing: [0]) }
        var dispatch = await transport.nextSent()
        while dispatch.generation != 2 { dispatch = await transport.nextSent() }
        await collector.collect(delivery(dispatch))
        try await second.value
        #expect(log.completed.map(\.generation) == [2])
    }

    @Test func aCancelledPassEndsAtOnce() async throws {
        let order = try order(.make())
        let pass = Task { try await dispatcher.run(order, missing: [0, 1, 2]) }
        let dispatch = await transport.nextSent()
        pass.cancel()
        await #expect(throws: CancellationError.self) { try await pass.value }
        await collector.collect(delivery(dispatch))
        #expect(log.completed.isEmpty)
    }

    @Test func aTileThatCanNeverBeSentFailsItsJob() async throws {
        transport.fail(TransportError(reason: "the record is too large", isFinal: true))
        let order = try order(.make())
        await #expect(throws: JobFailure.self) { try await dispatcher.run(order, missing: [0]) }
        #expect(log.changes.last?.status == .failed)
    }

    @Test func aTileThatWasNotSentIsResentWithTheNextTick() async throws {
        transport.fail(TransportError(reason: "the broker is away", isFinal: false))
        let order = try order(.make(), tiles: 1)
        let pass = Task { try await dispatcher.run(order, missing: [0]) }
        await transport.waitForFailure()
        transport.fail(nil)
        let clock = Task { try await dispatcher.run() }
        defer { clock.cancel() }
        let dispatch = await transport.nextSent()
        #expect(dispatch.attempt == 1)
        await collector.collect(delivery(dispatch))
        try await pass.value
        #expect(await dispatcher.statistics.sendFailures >= 1)
    }

    // MARK: Rows

    /// 3 tiles of 10×10 below each other, in an image that has no rows yet.
    private func column(_ job: JobID = .make()) throws -> PassOrder {
        let grid = TileGrid(image: PixelSize(width: 10, height: 30), tileSize: 10)
        let geometry = PassGeometry(grid: grid, halo: 0, input: .gray(.eight), output: .gray(.eight))
        func image() throws -> ImageUnderWay {
            ImageUnderWay(try Canvas.temporary(size: grid.image, format: .gray(.eight), in: folder.url.path))
        }
        return PassOrder(
            run: JobMachine.Run(job: job, generation: 1), pass: 0, pipeline: try Pipeline(parsing: "invert"),
            geometry: geometry, source: try image(), target: try image())
    }

    @Test func tilesGoAsTheirRowsComeAndTheTargetTellsOfItsOwn() async throws {
        let order = try column()
        let pass = Task { try await dispatcher.run(order, missing: [0, 1, 2]) }
        order.source.complete(rows: 9)
        order.source.complete(rows: 20)
        let sent = [await transport.nextSent(), await transport.nextSent()]
        #expect(sent.map(\.tile.index) == [0, 1])
        await collector.collect(delivery(sent[1]))
        #expect(order.target.rows == 0)
        await collector.collect(delivery(sent[0]))
        #expect(try await order.target.rows(beyond: 0) == 20)
        order.source.complete(rows: 30)
        await collector.collect(delivery(await transport.nextSent()))
        try await pass.value
        #expect(order.target.isComplete)
    }

    /// Tiles that earlier runs completed need no further result.
    @Test func aPassThatLacksNothingIsComplete() async throws {
        let order = try column()
        try await dispatcher.run(order, missing: [])
        #expect(order.target.isComplete)
    }

    /// A pass over the image of `column` with a halo of 2 px, from a ring of 20 rows into a ring of 10.
    private func columnOfRings() throws -> PassOrder {
        let column = try column()
        let geometry = PassGeometry(
            grid: column.geometry.grid, halo: 2, input: .gray(.eight), output: .gray(.eight))
        func image(_ capacity: Int) throws -> ImageUnderWay {
            ImageUnderWay(
                try RowRing(
                    size: geometry.grid.image, format: .gray(.eight), capacity: capacity, over: .inMemory()))
        }
        return PassOrder(
            run: column.run, pass: 0, pipeline: column.pipeline, geometry: geometry, source: try image(20),
            target: try image(10))
    }

    @Test func aTileIsSentOnceTheRowsOfItsTargetMayBeWritten() async throws {
        let order = try columnOfRings()
        let pass = Task { try await dispatcher.run(order, missing: [0, 1, 2]) }
        order.source.complete(rows: 20)
        await collector.collect(delivery(await transport.nextSent()))
        #expect(try await order.target.rows(beyond: 0) == 10)
        #expect(await dispatcher.queue.waiting == 2)
        order.target.release(rows: 9)
        order.source.complete(rows: 30)
        order.target.release(rows: 10)
        let second = await transport.nextSent()
        #expect(second.tile.index == 1)
        await collector.collect(delivery(second))
        order.target.release(rows: 20)
        await collector.collect(delivery(await transport.nextSent()))
        try await pass.value
        #expect(order.target.isComplete)
    }

    /// Rows that the halo of the next row of tiles needs are kept. After the last tile all rows are released.
    @Test func rowsOfTheSourceAreReleasedAsTilesAreDone() async throws {
        let order = try columnOfRings()
        let pass = Task { try await dispatcher.run(order, missing: [0, 1, 2]) }
        #expect(order.source.writableRows == 20)
        order.source.complete(rows: 20)
        await collector.collect(delivery(await transport.nextSent()))
        #expect(try await order.source.writableRows(beyond: 20) == 28)
        order.source.complete(rows: 28)
        order.target.release(rows: 10)
        await collector.collect(delivery(await transport.nextSent()))
        #expect(try await order.source.writableRows(beyond: 28) == 30)
        order.source.complete(rows: 30)
        order.target.release(rows: 20)
        await collector.collect(delivery(await transport.nextSent()))
        try await pass.value
    }

    @Test func aSourceThatFailsEndsThePassAndItsTarget() async throws {
        let order = try column()
        let pass = Task { try await dispatcher.run(order, missing: [0, 1, 2]) }
        order.source.complete(rows: 10)
        _ = await transport.nextSent()
        order.source.fail(JobFailure(reason: "damaged at row 12"))
        await #expect(throws: JobFailure.self) { try await pass.value }
        await #expect(throws: JobFailure.self) { try await order.target.rows(beyond: 0) }
    }
}
