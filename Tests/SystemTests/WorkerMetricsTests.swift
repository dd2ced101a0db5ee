import Foundation
import Subprocess
import Testing

extension SystemTests {
    /// The metrics of a working worker.
    @Suite(.serialized) struct WorkerMetricsTests {
        @Test func workerCountsItsTiles() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(
                    ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"])
                let worker = try await bench.startWorker("worker-1", of: master, ["--metrics-port", "0"])
                let port = try await eventually("the worker logs its port", within: 30) {
                    worker.errorOutput.firstMatch(of: /port=([0-9]+).*metrics served/).flatMap { Int($0.1) }
                }
                let page = API(base: try #require(URL(string: "http://127.0.0.1:\(port)")))
                try await master.worker("worker-1")
                _ = try await master.completed(
                    master.submit(TestImage.file(300, 200), transforms: "blur:ksize=9,invert"))
                let answer = try await eventually("the last result is counted", within: 10) {
                    let answer = try await page.get("/metrics")
                    return answer.text.contains(#"tilework_task_records_total{outcome="transformed"} 20"#)
                        ? answer : nil
                }
                #expect(answer.status == 200)
                #expect(answer.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
                for line in [
                    #"tilework_transform_duration_seconds_count{step="blur"} 20"#,
                    #"tilework_transform_duration_seconds_count{step="invert"} 20"#,
                    "tilework_task_duration_seconds_count 20", "tilework_task_in_hand 0",
                    "tilework_task_sent_bytes_total 180000", "tilework_kafka_client_rebalances_total 1",
                ] { #expect(answer.text.contains("\n\(line)\n"), "\(line)") }
                #expect(try await page.get("/livez").text == "ok\n")
            }
        }

        @Test func takenPortEndsTheWorker() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--local-workers", "0"])
                let worker = try await bench.startWorker(
                    "worker-1", of: master, ["--metrics-port", "\(try #require(master.api.base.port))"])
                #expect(try await worker.status(within: 30) == .exited(78))
                #expect(worker.errorOutput.contains("--metrics-port"))
            }
        }
    }
}
