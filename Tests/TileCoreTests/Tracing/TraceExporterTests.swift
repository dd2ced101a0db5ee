import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import Testing
import Tracing

@testable import TileCore

@Suite(.timeLimit(.minutes(10))) struct TraceExporterTests {
    private struct Away: Error {}

    /// An endpoint with the answers of a test. It signals each request.
    private final class Endpoint: TraceReceiver {
        private let answers: Mutex<[Result<(Int, Double?), Away>]>
        /// The names of the spans in each request.
        let requests: AsyncStream<[String]>
        private let request: AsyncStream<[String]>.Continuation

        /// - Parameter answers: the first answers; all later ones are 200.
        init(_ answers: [Result<(Int, Double?), Away>] = []) {
            self.answers = Mutex(answers)
            (requests, request) = AsyncStream.makeStream()
        }

        func post(_ body: [UInt8], contentType: String) async throws -> (status: Int, retryAfter: Double?) {
            let names = String(decoding: body, as: UTF8.self).matches(of: /"name":"(span-[0-9]+)"/).map { String($0.1) }
            request.yield(names)
            let answer = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let answer else { return (200, nil) }
            return try answer.get()
        }
    }

    private final class Lines: LogHandler {
        private let state = Mutex<[String]>([])
        var lines: [String] { state.withLock { $0 } }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        func log(event: LogEvent) { state.withLock { $0.append("\(event.level) \(event.message)") } }
    }

    private func span(_ number: Int) -> FinishedSpan {
        FinishedSpan(
            context: .root(sampler: TraceSampler()), parentID: nil, name: "span-\(number)", kind: .internal, start: 0,
            end: 0, attributes: [:], events: [], links: [], status: nil)
    }

    /// Runs an exporter, and returns once it has ended in order.
    private func exporting(
        _ endpoint: Endpoint, _ limits: TraceExporter.Limits = .init(interval: .milliseconds(10)),
        _ lines: Lines = Lines(),
        _ body: (TraceExporter) async throws -> Void
    ) async throws -> TraceExporter.Counts {
        let logger = Logger(label: "test") { _ in lines }
        let exporter = TraceExporter(
            endpoint, from: TraceResource(service: "s", instance: "i", host: "h"), limits: limits, logger: logger)
        let group = ServiceGroup(
            services: [exporter], gracefulShutdownSignals: [], logger: Logger(label: "group") { _ in lines })
        async let run: Void = group.run()
        try await body(exporter)
        await group.triggerGracefulShutdown()
        try await run
        return exporter.counts
    }

    @Test func spansAreSentInBatches() async throws {
        let endpoint = Endpoint()
        let counts = try await exporting(endpoint, .init(batch: 3, interval: .milliseconds(10))) { exporter in
            for number in 0..<7 { exporter.take(span(number)) }
            var sent: [String] = []
            for await names in endpoint.requests {
                #expect(names.count <= 3)
                sent += names
                if sent.count == 7 { break }
            }
            #expect(sent == (0..<7).map { "span-\($0)" })
        }
        #expect(counts == TraceExporter.Counts(exported: 7, dropped: 0))
    }

    @Test func remainingSpansAreSentAtTheEnd() async throws {
        let endpoint = Endpoint()
        let counts = try await exporting(endpoint, .init(interval: .seconds(3600))) { exporter in
            for number in 0..<5 { exporter.take(span(number)) }
        }
        #expect(counts == TraceExporter.Counts(exported: 5, dropped: 0))
    }

    @Test func aFullQueueDropsCountsAndSaysSoOnce() async throws {
        let (endpoint, lines) = (Endpoint(), Lines())
        let counts = try await exporting(endpoint, .init(queue: 10, interval: .seconds(3600)), lines) { exporter in
            for number in 0..<1000 { exporter.take(span(number)) }
        }
        #expect(counts == TraceExporter.Counts(exported: 10, dropped: 990))
        #expect(lines.lines.count { $0.contains("spans are dropped") } == 1)
        #expect(lines.lines.contains { $0.contains("delivered again; 990 were dropped") })
    }

    @Test func aRecoveredEndpointGetsAllSpans() async throws {
        let (endpoint, lines) = (Endpoint([.failure(Away()), .success((503, 0))]), Lines())
        let counts = try await exporting(endpoint, .init(interval: .milliseconds(1)), lines) { exporter in
            exporter.take(span(1))
            var requests = 0
            for await names in endpoint.requests {
                #expect(names == ["span-1"])
                requests += 1
                if requests == 3 { break }
            }
        }
        #expect(counts == TraceExporter.Counts(exported: 1, dropped: 0))
        #expect(lines.lines.count { $0.contains("spans are not delivered") } == 1)
        #expect(lines.lines.contains { $0.contains("delivered again; 0 were dropped") })
    }

    @Test func aRefusalIsNotRepeated() async throws {
        let (endpoint, lines) = (Endpoint([.success((400, nil))]), Lines())
        let counts = try await exporting(endpoint, .init(interval: .milliseconds(1)), lines) { exporter in
            exporter.take(span(1))
            for await names in endpoint.requests where names == ["span-1"] { break }
            exporter.take(span(2))
            for await names in endpoint.requests where names == ["span-2"] { break }
        }
        #expect(counts == TraceExporter.Counts(exported: 1, dropped: 1))
    }

    /// The end waits neither for the answer of an unreachable endpoint nor for the pause.
    @Test func theEndIsQuick() async throws {
        let (endpoint, lines) = (Endpoint(Array(repeating: .success((503, 3600)), count: 100)), Lines())
        let counts = try await exporting(endpoint, .init(interval: .milliseconds(1)), lines) { exporter in
            exporter.take(span(1))
            for await _ in endpoint.requests { break }
        }
        #expect(counts.exported == 0)
        #expect(lines.lines.contains { $0.contains("1 spans were not sent") })
    }
}
