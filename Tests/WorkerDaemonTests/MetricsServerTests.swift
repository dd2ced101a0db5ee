import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing
import TileCore

@testable import WorkerDaemon

/// A worker's metrics over real sockets.
@Suite(.timeLimit(.minutes(10))) struct MetricsServerTests {
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func serving(
        _ metrics: WorkerMetrics, _ body: @Sendable @escaping (_ port: Int) async throws -> Void
    ) async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = MetricsServer(
            place: .init(port: 0), metrics: metrics, logger: Self.silent, whenRunning: { port.yield($0) })
        let group = ServiceGroup(services: [server], gracefulShutdownSignals: [], logger: Self.silent)
        async let run: Void = group.run()
        for await number in ports {
            try await body(number)
            break
        }
        await group.triggerGracefulShutdown()
        try await run
    }

    /// Sends bytes, and returns all received bytes until the other side closes.
    private func answer(to request: String, _ port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var all = ByteBuffer()
            for try await bytes in inbound { all.writeImmutableBuffer(bytes) }
            return String(buffer: all)
        }
    }

    private func get(_ path: String, _ port: Int, method: String = "GET") async throws -> String {
        try await answer(to: "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", port)
    }

    @Test func thePageShowsTheCounts() async throws {
        let metrics = WorkerMetrics(slots: 3, isOn: true)
        metrics.counters.countTaken()
        metrics.counters.countTaken()
        metrics.counters.countFinished()
        metrics.counters.count(tiles: 1, received: 300, sent: 100, cpu: .milliseconds(1500))
        metrics.counters.keep(reconnects: 2, errors: [.tls: 1])
        metrics.count(.transformed, after: .milliseconds(20))
        metrics.transformed("blur", .milliseconds(3))
        metrics.setSession { WorkerMetrics.SessionFacts(partitions: 4, reconnects: 1, errors: [.tls: 1, .other: 5]) }
        try await serving(metrics) { port in
            let answer = try await get("/metrics", port)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains(MetricFamily.contentType))
            for line in [
                "tilework_task_slots 3", "tilework_task_in_hand 1", "tilework_task_received_bytes_total 300",
                "tilework_task_sent_bytes_total 100", "tilework_transform_cpu_seconds_total 1.5",
                #"tilework_task_records_total{outcome="transformed"} 1"#,
                #"tilework_transform_duration_seconds_bucket{step="blur",le="0.005"} 1"#,
                "tilework_task_duration_seconds_count 1", "tilework_kafka_client_partitions 4",
                "tilework_kafka_client_reconnects_total 3", #"tilework_kafka_client_errors_total{kind="tls"} 2"#,
                #"tilework_kafka_client_errors_total{kind="unreachable"} 0"#,
            ] { #expect(answer.contains("\n\(line)\n"), "\(line)") }
        }
    }

    @Test func otherRequestsAreAnsweredAsWell() async throws {
        try await serving(WorkerMetrics(slots: 1, isOn: true)) { port in
            #expect(try await get("/livez", port).hasSuffix("\r\n\r\nok\n"))
            #expect(try await get("/metrics?x=1", port).hasPrefix("HTTP/1.1 200 "))
            let head = try await get("/metrics", port, method: "HEAD")
            #expect(head.hasPrefix("HTTP/1.1 200 ") && head.hasSuffix("\r\n\r\n"))
            #expect(try await get("/", port).hasPrefix("HTTP/1.1 404 "))
            let post = try await get("/metrics", port, method: "POST")
            #expect(post.hasPrefix("HTTP/1.1 405 ") && post.contains("Allow: GET, HEAD"))
            #expect(try await answer(to: "nonsense\r\n\r\n", port).hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func placesAreReleased() async throws {
        try await serving(WorkerMetrics(slots: 1, isOn: true)) { port in
            for _ in 0..<(3 * MetricsServer.maximumConnections) {
                let answer = try await get("/livez", port)
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
            }
        }
    }

    @Test func aPortThatIsTakenIsNamed() async throws {
        try await serving(WorkerMetrics(slots: 1, isOn: true)) { port in
            let second = MetricsServer(
                place: .init(port: port), metrics: WorkerMetrics(slots: 1, isOn: true), logger: Self.silent)
            await #expect { try await second.run() } throws: { error in
                "\(error)".contains("--metrics-port: cannot listen on 127.0.0.1 port \(port)")
            }
        }
    }
}
