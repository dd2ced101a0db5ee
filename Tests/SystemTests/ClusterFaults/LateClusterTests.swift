import Foundation
import Subprocess
import Testing
import TileCore

extension ClusterFaults {
    /// A cluster that is unreachable when its master starts.
    @Suite(.serialized) struct LateClusterTests {
        private static let options = ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"]
        private static let transforms = "blur:ksize=9"

        @Test func masterServesWithoutItsClusterAndWorksOnceItIsThere() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let options = Self.options + cluster.arguments
                let data = bench.file("data")
                let old = try TestImage.file(300, 200, seed: 1)
                let oldResult = try WholeImage.result(of: old, transforms: "invert")

                let first = try await bench.startMaster(options, dataDirectory: data)
                let worker = try await bench.startWorker("worker-1", of: first, cluster.arguments)
                let finished = try await first.submit(old, transforms: "invert")
                #expect(try await first.completed(finished) == oldResult)
                worker.send(SIGTERM)
                _ = try await worker.status(within: 30)
                first.process.send(SIGTERM)
                _ = try await first.process.status(within: 30)

                cluster.broker.setDown(true)
                defer { cluster.broker.setDown(false) }
                let master = try await bench.startMaster(options, dataDirectory: data, awaitsCluster: false)
                for page in ["/", "/dashboard", "/jobs/\(finished.jobId)", "/openapi.yaml", "/livez"] {
                    #expect(try await master.api.get(page).status == 200, "\(page)")
                }
                #expect(try await master.result(finished.jobId) == oldResult)

                let source = try TestImage.file(640, 480, seed: 2)
                let job = try await master.submit(source, transforms: Self.transforms)
                #expect(try #require(job.message).hasPrefix("waiting for the cluster: "))
                try await eventually("the job's message names the reason", within: 60) {
                    let message = try await master.job(job.jobId).message ?? ""
                    return message.contains("do not answer: Connection refused") ? true : nil
                }
                let ready = try await master.api.get("/readyz")
                #expect(ready.status == 503)
                #expect(ready.text.contains("do not answer: Connection refused"))
                // A worker can be started meanwhile.
                _ = try await bench.startWorker("worker-2", of: master, cluster.arguments)
                #expect(try await master.job(job.jobId).progress.completed == 0)
                #expect(try await master.statistics().kafka.partitions == 0)

                cluster.broker.setDown(false)
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.transforms))
                try await master.isReady()
                let statistics = try await master.statistics()
                #expect(statistics.tiles.givenUp == 0 && statistics.tiles.sendFailures == 0)
                #expect(statistics.deadLetters == 0)
                #expect(!master.process.hasEnded)
            }
        }

        /// The first master that reaches the cluster gets the topic of results.
        @Test func twoWaitingMastersDoNotShareATopic() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                cluster.broker.setDown(true)
                defer { cluster.broker.setDown(false) }
                var masters: [MasterProcess] = []
                for _ in 0..<2 {
                    masters.append(try await bench.startMaster(Self.options + cluster.arguments, awaitsCluster: false))
                }
                cluster.broker.setDown(false)
                let ended = try await eventually("one master ends", within: 60) {
                    masters.firstIndex { $0.process.hasEnded }
                }
                #expect(try await masters[ended].process.status(within: 10) == .exited(1))
                #expect(masters[ended].process.errorOutput.contains("'results' belongs to another master"))
                let other = masters[1 - ended]
                try await other.isReady()
                _ = try await bench.startWorker("worker-1", of: other, cluster.arguments)
                let source = try TestImage.file(300, 200)
                let job = try await other.submit(source, transforms: "sepia")
                #expect(try await other.completed(job) == WholeImage.result(of: source, transforms: "sepia"))
            }
        }
    }
}
