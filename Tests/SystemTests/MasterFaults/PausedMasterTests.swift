import Foundation
import Testing

extension MasterFaults {
    /// A master is paused for a while, as when its virtual machine is moved.
    @Suite(.serialized) struct PausedMasterTests {
        private static let slow = SystemTests.SmallTiles.slow

        /// Heartbeats arrive during the pause, but are not read. No worker may count as lost because of that.
        @Test func pauseOfTheMasterLosesNoWorker() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let master = try await bench.startMaster(
                    ["--min-size", "64", "--tile-size", "64"] + cluster.arguments)
                for id in ["worker-1", "worker-2"] {
                    _ = try await bench.startWorker(id, of: master, ["--threads", "1"] + cluster.arguments)
                }
                try await master.fleet(["worker-1", "worker-2"])
                let source = try TestImage.file(640, 640)
                let job = try await master.submit(source, transforms: Self.slow)
                _ = try await master.underWay(job, done: 10)
                master.process.send(SIGSTOP)
                // The pause is longer than a worker may go without heartbeats.
                try await Task.sleep(for: .seconds(10))
                master.process.send(SIGCONT)
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
                let statistics = try await master.statistics()
                #expect(statistics.workers.lost == 0)
                #expect(statistics.tiles.reissued == 0)
                #expect(statistics.tiles.completed == job.progress.total)
            }
        }
    }
}
