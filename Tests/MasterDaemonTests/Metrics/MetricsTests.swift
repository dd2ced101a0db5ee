import CoreMetrics
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TileCore

@testable import MasterDaemon

@Suite(.timeLimit(.minutes(5))) struct MetricsTests {
    @Test func theTextFormat() {
        let family = MetricFamily(
            "tilework_x_total", .counter, "Two\nlines, a \\ and a \".",
            by: "name", ["b": 2, "a\"\\\n": 1.5])
        #expect(
            family.text == """
                # HELP tilework_x_total Two\\nlines, a \\\\ and a ".
                # TYPE tilework_x_total counter
                tilework_x_total{name="a\\"\\\\\\n"} 1.5
                tilework_x_total{name="b"} 2

                """)
        for (number, text) in [(1e15, "1000000000000000"), (.infinity, "+Inf"), (.nan, "NaN"), (-0.25, "-0.25")] {
            #expect(MetricFamily.number(number) == text)
        }
    }

    @Test func bucketsCountAllThatIsAtMostTheirBound() {
        var histogram = Histogram(bounds: [1, 10])
        for value in [0.5, 1, 1.5, 10, 11] { histogram.add(value) }
        let samples = histogram.samples([MetricFamily.Label("stage", "cut")])
        #expect(samples.map(\.value) == [2, 4, 5, 24, 5])
        #expect(samples.map(\.suffix) == ["_bucket", "_bucket", "_bucket", "_sum", "_count"])
        #expect(samples.prefix(3).map { $0.labels.last?.value } == ["1", "10", "+Inf"])
        #expect(samples[4].labels == [MetricFamily.Label("stage", "cut")])
    }

    /// Libraries that count by the same facade would add families that nobody has described.
    @Test func onlyDeclaredFamiliesAreKept() throws {
        let registry = MetricsRegistry()
        Counter(label: "of_a_library", dimensions: [("a", "b")], factory: registry).increment()
        let labels = [("method", "GET"), ("route", "/"), ("status", "200")]
        let counter = Counter(label: MetricsRegistry.httpRequests, dimensions: labels, factory: registry)
        counter.increment(by: 2)
        Counter(label: MetricsRegistry.httpRequests, dimensions: labels, factory: registry).increment()
        Timer(label: MetricsRegistry.stageDuration, dimensions: [("stage", "cut")], factory: registry)
            .recordNanoseconds(2_000_000)
        let families = registry.families()
        #expect(families.map(\.name).contains("of_a_library") == false)
        let requests = try #require(families.first { $0.name == MetricsRegistry.httpRequests })
        #expect(requests.samples.map(\.value) == [3])
        let stages = try #require(families.first { $0.name == MetricsRegistry.stageDuration })
        #expect(stages.samples.last?.value == 1 && stages.samples[stages.samples.count - 2].value == 0.002)
    }

    /// Names by Prometheus' conventions, and each family once.
    @Test func thePageHasWhatHappened() async throws {
        try await withGatedMaster { client, _, gate, bench in
            for _ in 0..<2 {
                _ = try await client.execute(uri: "/api/v1/jobs/none", method: .get)
                _ = try await client.execute(uri: "/made/up/\(UUID())", method: .get)
            }
            let answer = try await client.execute(uri: "/metrics", method: .get)
            #expect(answer.status == .ok && answer.headers[.contentType] == MetricFamily.contentType)
            let lines = String(buffer: answer.body).split(separator: "\n").map(String.init)
            let names = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2...] }
            #expect(names.count > 30 && Set(names.map { $0.first }).count == names.count)
            for type in names {
                let (name, kind) = (type.first ?? "", type.last ?? "")
                #expect(name.hasSuffix("_total") == (kind == "counter"), "\(name) is a \(kind)")
                #expect(name.hasPrefix("tilework_") || name.hasPrefix("process_"))
            }
            #expect(lines.contains("tilework_info{version=\"\(TileworkVersion.current)\"} 1"))
            #expect(
                lines.contains(
                    #"tilework_http_requests_total{method="GET",route="/api/v1/jobs/{id}",status="404"} 2"#))
            // Whoever asks for what is not there makes no line of their own.
            #expect(lines.contains(#"tilework_http_requests_total{method="GET",route="none",status="404"} 2"#))
            for name in ["process_resident_memory_bytes", "process_open_fds", "tilework_disk_free_bytes"] {
                let value = lines.first { $0.hasPrefix("\(name) ") }?.split(separator: " ").last.flatMap { Double($0) }
                #expect((value ?? 0) > 0, "\(name)")
            }
            let start = lines.first { $0.hasPrefix("process_start_time_seconds ") }?.split(separator: " ").last
                .flatMap { Double($0) }
            #expect((0...86400).contains(Date().timeIntervalSince1970 - (start ?? 0)))
        }
    }
}
