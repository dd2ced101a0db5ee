import Foundation
import Subprocess
import Testing

extension SystemTests {
    /// Spans of real programs, as a collector receives them.
    @Suite(.serialized) struct TracesTests {
        private static let options = ["--min-size", "64", "--tile-size", "64"]
        private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

        private func withCollector(_ body: (TraceCollector, Workbench) async throws -> Void) async throws {
            let collector = try await TraceCollector.start()
            do { try await Workbench.with { try await body(collector, $0) } } catch {
                await collector.close()
                throw error
            }
            await collector.close()
            #expect(collector.faults == [])
        }

        /// The trace goes from the request to the worker's transform, across the cluster.
        @Test func oneTraceSpansRequestJobTilesAndWorker() async throws {
            try await withCollector { collector, bench in
                let endpoint = ["--otlp-endpoint", collector.url]
                let master = try await bench.startMaster(Self.options + ["--local-workers", "0"] + endpoint)
                let worker = try await bench.startWorker("far-7", of: master, endpoint)
                try await master.worker("far-7")
                let source = try TestImage.file(300, 200)
                let job = try await master.submit(
                    source, transforms: "blur:ksize=9,sharpen",
                    headers: ["traceparent": Self.parent, "X-Request-Id": "order-17"])
                #expect(
                    try await master.completed(job) == WholeImage.result(of: source, transforms: "blur:ksize=9,sharpen")
                )
                worker.send(SIGTERM)
                #expect(try await worker.status(within: 30) == .exited(0))
                master.process.send(SIGTERM)
                #expect(try await master.process.status(within: 30) == .exited(0))
                try check(collector.spans.filter { $0.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" }, of: job)
                #expect(master.process.errorOutput.contains("request=order-17"))
                #expect(master.process.errorOutput.contains("trace=4bf92f3577b34da6a3ce929d0e0e4736"))
            }
        }

        private func check(_ spans: [TraceCollector.Span], of job: JobAnswer) throws {
            #expect(Set(spans.map(\.id)).count == spans.count)
            func named(_ name: String) -> [TraceCollector.Span] { spans.filter { $0.name == name } }
            let request = try #require(named("POST /api/v1/jobs").first)
            #expect(request.parentID == "00f067aa0ba902b7" && request.kind == 2)
            #expect(request.service == "tilework-master")
            #expect(
                request.attributes["http.response.status_code"] == "202"
                    && request.attributes["http.route"] == "/api/v1/jobs"
                    && request.attributes["tilework.request_id"] == "order-17")
            let run = try #require(named("job").first)
            #expect(run.parentID == request.id && run.attributes["tilework.job"] == job.jobId && !run.isError)
            for name in ["decode", "pass", "encode", "commit"] {
                #expect(named(name).map(\.parentID) == [run.id], "\(name)")
            }
            let (tiles, works, transforms) = (named("tile"), named("process"), named("transform"))
            #expect(tiles.count == 20 && works.count == 20 && transforms.count == 20)
            let pass = try #require(named("pass").first)
            #expect(
                tiles.allSatisfy {
                    $0.parentID == pass.id && $0.kind == 4 && $0.attributes["tilework.worker"] == "far-7"
                })
            #expect(Set(works.compactMap(\.parentID)) == Set(tiles.map(\.id)))
            #expect(Set(transforms.compactMap(\.parentID)) == Set(works.map(\.id)))
            #expect((works + transforms).allSatisfy { $0.service == "tilework-worker" && $0.instance == "far-7" })
            #expect(works.allSatisfy { $0.kind == 5 && $0.attributes["messaging.destination.name"] == "tasks" })
            for work in works {
                // Both processes use the same machine's clock.
                let tile = try #require(tiles.first { $0.id == work.parentID })
                #expect(
                    tile.start <= work.start && work.attributes["tilework.tile"] == tile.attributes["tilework.tile"])
            }
            let all = ["decode", "pass", "encode", "commit", "tile"].flatMap(named)
            #expect(all.allSatisfy { $0.start >= run.start && $0.end <= run.end })
        }

        /// The master's own workers inherit the endpoint.
        @Test func localWorkersSendSpans() async throws {
            try await withCollector { collector, bench in
                let master = try await bench.startMaster(
                    Self.options + ["--local-workers", "1"],
                    environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": collector.url])
                try await master.worker("worker-1")
                _ = try await master.completed(master.submit(TestImage.file(300, 200), transforms: "invert"))
                try await eventually("the worker's spans have come", within: 30) {
                    collector.named("transform").isEmpty ? nil : true
                }
                #expect(collector.named("transform").allSatisfy { $0.instance == "worker-1" })
            }
        }

        /// The ratio applies to requests without a trace. Requests with a trace bring their own decision.
        @Test func onlySampledTracesAreRecorded() async throws {
            try await withCollector { collector, bench in
                let master = try await bench.startMaster(
                    Self.options + ["--otlp-endpoint", collector.url, "--trace-ratio", "0"])
                try await master.worker("worker-1")
                let source = try TestImage.file(100, 100)
                _ = try await master.completed(master.submit(source, transforms: "invert"))
                _ = try await master.api.get("/livez", ["traceparent": Self.parent])
                try await eventually("the span has come", within: 30) { collector.spans.isEmpty ? nil : true }
                #expect(collector.spans.map(\.name) == ["GET /livez"])
            }
        }

        /// A collector that is away or refuses does not affect jobs. It is logged once.
        @Test func unreachableEndpointDelaysNoJob() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(
                    Self.options + ["--otlp-endpoint", "http://127.0.0.1:\(FreePort.number())"])
                try await master.worker("worker-1")
                let source = try TestImage.file(600, 400)
                for _ in 0..<3 {
                    #expect(
                        try await master.completed(master.submit(source, transforms: "invert"))
                            == WholeImage.result(of: source, transforms: "invert"))
                }
                try await eventually("the master logs that spans are not delivered", within: 30) {
                    master.process.errorOutput.contains("spans are not delivered") ? true : nil
                }
                let start = ContinuousClock.now
                master.process.send(SIGTERM)
                #expect(try await master.process.status(within: 30) == .exited(0))
                #expect(ContinuousClock.now - start < .seconds(8))
                let lines = master.process.errorOutput.split(separator: "\n")
                #expect(lines.count { $0.contains("spans are not delivered") && $0.contains(" master") } == 1)
            }
        }
    }
}
