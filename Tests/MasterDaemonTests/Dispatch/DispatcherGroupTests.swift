import Foundation
import Testing
import TileCore

@testable import MasterDaemon

/// The dispatcher and the collector with several tiles in one record.
@Suite(.timeLimit(.minutes(10))) struct DispatcherGroupTests {
    private let transport = ScriptedTransport(lends: true)
    private let log = ListLog()
    private let stages = StageMeter()
    private let dispatcher: Dispatcher
    private let collector: ResultCollector
    private let folder: TestFolder

    init() throws {
        folder = try TestFolder()
        dispatcher = Dispatcher(partitions: 1, transport: transport, log: log, stages: stages, logger: .silent)
        collector = ResultCollector(
            transport: transport, dispatcher: dispatcher, log: log, disk: DiskPool(threads: 1), stages: stages,
            logger: .silent)
    }

    private func order(_ transforms: String, tiles: Int = 5) throws -> PassOrder {
        try .row(of: tiles, transforms, in: folder)
    }

    private func delivery(
        _ sent: ScriptedTransport.Sent, of order: PassOrder, _ outcome: TileResult.Outcome? = nil, loan: String? = nil
    ) -> ScriptedDelivery {
        let written = TileResult.Outcome.written(PixelSize(width: sent.count * 10, height: 10), .gray(.eight))
        return ScriptedDelivery(
            result: TileResult(
                tile: sent.tile, attempt: sent.attempt, worker: "worker-1", milliseconds: Double(sent.count),
                outcome: outcome ?? written, loan: TileResult.Loan(id: loan ?? order.loan, tiles: sent.count)),
            byte: 9, transport: transport)
    }

    /// A fleet of one worker in the canvases, of which a first job told that its tiles are fast.
    private func becomeFast() async throws {
        await dispatcher.setFleet(
            FleetView(online: 1, slots: 1, owners: [0: .init(worker: "worker-1", slots: 1)], borrowers: [0]))
        let order = try order("invert", tiles: 1)
        let pass = Task { try await dispatcher.run(order, missing: [0]) }
        await collector.collect(delivery(await transport.nextSent(), of: order))
        try await pass.value
    }

    @Test func oneAnswerCompletesAllTilesOfItsRecord() async throws {
        try await becomeFast()
        let order = try order("invert")
        let pass = Task { try await dispatcher.run(order, missing: Array(0..<5)) }
        let sent = await transport.nextSent()
        #expect(sent.tile.index == 0 && sent.count == 5)
        await collector.collect(delivery(sent, of: order))
        try await pass.value
        #expect(log.completed.dropFirst().map(\.tile.index) == Array(0..<5))
        #expect(log.completed.allSatisfy { $0.milliseconds == 1 })
        #expect(transport.acknowledged == 2)
        let statistics = await dispatcher.statistics
        #expect(statistics.sent == 6 && statistics.drops.isEmpty)
        #expect(stages[.kernel].count == 6 && stages[.transport].count == 6)
        // A second answer is for no tile any more.
        await collector.collect(delivery(sent, of: order))
        #expect(await dispatcher.statistics.drops == [.unknownJob: 5] && transport.acknowledged == 3)
    }

    /// Another attempt was faster with one of the tiles.
    @Test func aPartlyUsefulAnswerIsAcknowledgedOnce() async throws {
        try await becomeFast()
        let order = try order("invert", tiles: 6)
        let pass = Task { try await dispatcher.run(order, missing: [0, 1, 2, 4]) }
        let sent = await transport.nextSent()
        let other = await transport.nextSent()
        #expect(sent.count == 3 && other.count == 1)
        await collector.collect(
            ScriptedDelivery(result: .pixels(order.id.tile(2), attempt: 9), byte: 7, transport: transport))
        await collector.collect(delivery(sent, of: order))
        #expect(log.completed.dropFirst().map(\.tile.index) == [2, 0, 1])
        #expect(await dispatcher.statistics.drops == [.duplicate: 1])
        #expect(transport.acknowledged == 3)
        await collector.collect(delivery(other, of: order))
        try await pass.value
    }

    @Test(arguments: [true, false]) func tilesOfAFailedRecordAreSentOneByOne(isUnreachable: Bool) async throws {
        try await becomeFast()
        let order = try order("invert")
        let pass = Task { try await dispatcher.run(order, missing: Array(0..<5)) }
        let sent = await transport.nextSent()
        await collector.collect(
            delivery(sent, of: order, isUnreachable ? .unreachable(reason: "gone") : .failure(reason: "no memory")))
        #expect(transport.acknowledged == 2)
        for _ in 0..<5 {
            let single = await transport.nextSent()
            #expect(single.count == 1 && single.attempt == 2)
            await collector.collect(
                ScriptedDelivery(result: .pixels(single.tile, attempt: 2), byte: 9, transport: transport))
        }
        try await pass.value
        #expect(await dispatcher.statistics.retries == (isUnreachable ? 0 : 5))
        #expect(log.ends.count == (isUnreachable ? 0 : 5))
    }

    @Test func anAnswerForAnotherCanvasIsForNoTile() async throws {
        try await becomeFast()
        let order = try order("invert")
        let pass = Task { try await dispatcher.run(order, missing: Array(0..<5)) }
        let sent = await transport.nextSent()
        for outcome in [nil, TileResult.Outcome.failure(reason: "no memory"), .unreachable(reason: "gone")] {
            await collector.collect(delivery(sent, of: order, outcome, loan: "another"))
        }
        #expect(await dispatcher.statistics.drops == [.otherCanvas: 3])
        await collector.collect(delivery(sent, of: order))
        try await pass.value
        #expect(log.completed.count == 6)
    }

    /// The lines that `edges` follows end at the border of what is computed together. Any two attempts must write the same.
    @Test func tilesOfInexactStepsAreLentOneByOne() async throws {
        try await becomeFast()
        let order = try order("edges")
        let pass = Task { try await dispatcher.run(order, missing: Array(0..<5)) }
        for _ in 0..<5 {
            let sent = await transport.nextSent()
            #expect(sent.count == 1)
            await collector.collect(delivery(sent, of: order))
        }
        try await pass.value
    }
}
