import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TileCore

@testable import MasterDaemon

@Suite(.timeLimit(.minutes(10))) struct MetricsTests {
    /// Names follow Prometheus' conventions, and each family occurs once.
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
            // Requests without a route share one line.
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
