import Foundation
import Testing
import TileCore

extension ClusterFaults {
    /// A cluster that goes away in the middle of a job, and comes back.
    @Suite(.serialized) struct BrokerOutageTests {
        private static let options = ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"]
        private static let transforms = "blur:ksize=9"

        @Test func jobGoesOnAfterTwentySecondsWithoutBrokers() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let master = try await bench.startMaster(Self.options + cluster.arguments)
                for id in ["worker-1", "worker-2"] {
                    _ = try await bench.startWorker(
                        id, of: master, ["--threads", "1"] + cluster.arguments,
                        environment: ["TILEWORK_FAULT_TILE_MS": "60"])
                }
                try await master.fleet(["worker-1", "worker-2"])
                let source = try TestImage.file(960, 960)
                let job = try await master.submit(source, transforms: Self.transforms)
                _ = try await master.underWay(job, done: 20)

                cluster.broker.setDown(true)
                defer { cluster.broker.setDown(false) }
                let end = ContinuousClock.now + .seconds(20)
                try await eventually("the master reports that it is not ready", within: 60) {
                    try await master.api.get("/readyz").status == 503 ? true : nil
                }
                // The twenty seconds are the fault itself.
                try await eventually("twenty seconds are over", within: 30, every: .milliseconds(200)) {
                    ContinuousClock.now >= end ? true : nil
                }
                #expect(try await !master.job(job.jobId).isFinal)
                cluster.broker.setDown(false)

                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.transforms))
                try await master.fleet(["worker-1", "worker-2"], within: 60)
                try await eventually("the master is ready again", within: 30) {
                    try await master.api.get("/readyz").status == 200 ? true : nil
                }
                let statistics = try await master.statistics()
                #expect(statistics.tiles.completed == job.progress.total)
                #expect(statistics.tiles.givenUp == 0)
                #expect(statistics.kafka.reconnects > 0)
            }
        }
    }
}
