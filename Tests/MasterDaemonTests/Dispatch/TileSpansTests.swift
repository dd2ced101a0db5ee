import Foundation
import Logging
import Testing
import Tracing

@testable import MasterDaemon
@testable import TileCore

/// The spans and log lines of attempts, with every outcome.
@Suite(.timeLimit(.minutes(10))) struct TileSpansTests {
    private let ended = EndedSpans()
    private let log = LogLines()
    private let transport = ScriptedTransport()
    private let folder: TestFolder
    private let dispatcher: Dispatcher
    private let collector: ResultCollector

    init() throws {
        folder = try TestFolder()
        let tiles = ListLog()
        dispatcher = Dispatcher(
            partitions: 2, transport: transport, log: tiles, tracer: ended.tracer, logger: log.logger)
        collector = ResultCollector(
            transport: transport, dispatcher: dispatcher, log: tiles, disk: DiskPool(threads: 1), logger: log.logger)
    }

    private func order(_ request: String, tiles: Int) throws -> PassOrder {
        var context = ServiceContext.topLevel
        context.requestID = request
        context.trace = TraceContext(parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        return try ServiceContext.withValue(context) { try .row(of: tiles, in: folder) }
    }

    private func outcomes() -> [String] {
        ended.named("tile").compactMap {
            guard case .string(let text)? = $0.attributes.get(SpanKey.outcome) else { return nil }
            return text
        }
    }

    private func deliver(_ result: TileResult) async {
        await collector.collect(ScriptedDelivery(result: result, byte: 1, transport: transport))
    }

    @Test func eachAttemptHasASpan() async throws {
        let order = try order("r-1", tiles: 1)
        let pass = Task { try await dispatcher.run(order, missing: [0]) }
        let first = await transport.nextSent()
        await deliver(.failure(first.tile, attempt: first.attempt))
        let second = await transport.nextSent()
        await deliver(.pixels(second.tile, attempt: second.attempt))
        try await pass.value
        let spans = ended.named("tile")
        #expect(outcomes() == ["failed", "accepted"])
        #expect(spans.map { $0.attributes.get(SpanKey.attempt) } == [.int64(1), .int64(2)])
        #expect(spans.map { $0.status?.code } == [.error, nil])
        #expect(spans[1].attributes.get(SpanKey.worker) == .string("worker-1"))
        #expect(spans.allSatisfy { $0.parentID == "00f067aa0ba902b7" })
        #expect(log.lines.contains { $0.contains("tile failed on a worker") && $0.contains("request=r-1") })
    }

    @Test func aPassThatEndsEndsItsSpans() async throws {
        let order = try order("r-1", tiles: 3)
        let pass = Task { try await dispatcher.run(order, missing: [0, 1, 2]) }
        for _ in 0..<3 { _ = await transport.nextSent() }
        pass.cancel()
        await #expect(throws: CancellationError.self) { try await pass.value }
        #expect(outcomes() == ["abandoned", "abandoned", "abandoned"])
    }

    @Test func aSendingThatFailsEndsItsSpan() async throws {
        let order = try order("r-1", tiles: 1)
        transport.fail(TransportError(reason: "too large", isFinal: true))
        await #expect(throws: JobFailure.self) { try await dispatcher.run(order, missing: [0]) }
        #expect(outcomes() == ["not sent: too large"])
        #expect(log.lines.contains { $0.contains("failed permanently") && $0.contains("request=r-1") })
    }

    /// A task that works for one job may also send tiles of other jobs.
    @Test func linesOfOneJobNeverNameTheRequestOfAnother() async throws {
        let orders = [try order("r-1", tiles: 6), try order("r-2", tiles: 6)]
        let passes = orders.map { order in
            Task {
                try await ServiceContext.withValue(order.scope) {
                    try await dispatcher.run(order, missing: Array(0..<6))
                }
            }
        }
        // On a busy machine a tile may be late and get a second attempt.
        let delivery = Task {
            while !Task.isCancelled {
                let sent = await transport.nextSent()
                await deliver(.pixels(sent.tile, attempt: sent.attempt))
            }
        }
        for pass in passes { try await pass.value }
        delivery.cancel()
        for (order, request) in zip(orders, ["r-1", "r-2"]) {
            let lines = log.lines.filter { $0.contains("tile sent") && $0.contains("job=\(order.run.job)") }
            #expect(lines.count { $0.contains("attempt=1") } == 6)
            #expect(lines.allSatisfy { $0.contains("request=\(request)") }, "\(lines)")
        }
    }

    /// Without an endpoint for traces an order has no trace, and its tiles have no spans.
    @Test func withoutATraceThereAreNoSpans() async throws {
        var order = try order("r-1", tiles: 1)
        order = PassOrder(
            run: order.run, pass: 0, pipeline: order.pipeline, geometry: order.geometry, source: order.source,
            target: order.target)
        let pass = Task { [order] in try await dispatcher.run(order, missing: [0]) }
        let sent = await transport.nextSent()
        await deliver(.pixels(sent.tile, attempt: sent.attempt))
        try await pass.value
        #expect(ended.spans.isEmpty)
    }
}
