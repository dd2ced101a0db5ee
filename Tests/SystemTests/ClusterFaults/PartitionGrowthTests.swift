import Foundation
import Subprocess
import Testing

extension ClusterFaults {
    /// Topics grow with the fleet, on a cluster that allows administration.
    @Suite(.serialized) struct PartitionGrowthTests {
        private static let options = ["--local-workers", "0", "--tile-size", "64", "--min-size", "64"]

        @Test func workersThatJoinDuringAJobGetPartitionsAndTiles() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let proxy = try await bench.startProxy(before: cluster, showing: ["tasks": 2, "results": 2])
                let master = try await bench.startMaster(Self.options + proxy.arguments)
                // A tile takes a quarter of a second, so the job lasts until all workers have joined.
                func start(_ id: String) async throws -> ContinuousClock.Instant {
                    let start = ContinuousClock.now
                    _ = try await bench.startWorker(
                        id, of: master, ["--threads", "1"] + proxy.arguments,
                        environment: ["TILEWORK_FAULT_TILE_MS": "250"])
                    return start
                }
                _ = try await start("worker-1")
                try await master.worker("worker-1")
                #expect(try await master.statistics().kafka.partitions == 2)
                let source = try TestImage.file(1024, 1024)
                let job = try await master.submit(source, transforms: "blur:ksize=9")
                _ = try await master.underWay(job, done: 3)

                let second = try await start("worker-2")
                try await eventually("worker-2 is online") { try await master.workers().online("worker-2") }
                let third = try await start("worker-3")
                async let secondTile = firstTile("worker-2", of: job, on: master, since: second)
                async let thirdTile = firstTile("worker-3", of: job, on: master, since: third)
                let (two, three) = try await (secondTile, thirdTile)
                // The docs promise 15 s on an idle machine. Other tests run at the same time here.
                print("worker-2 had its first tile after \(two), worker-3 after \(three)")

                for id in ["worker-1", "worker-2", "worker-3"] { try await master.worker(id) }
                try await eventually("tiles go to the new partitions") {
                    try await master.statistics().kafka.partitions == 4 ? true : nil
                }
                let state = try await proxy.state()
                #expect(state.partitions["tasks"] == 4 && state.partitions["results"] == 4)
                // Each topic has grown once.
                #expect(state.answered["create_partitions"] == 2)
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "blur:ksize=9"))
            }
        }

        /// The time until this worker had done a tile of the job.
        private func firstTile(
            _ id: String, of job: JobAnswer, on master: MasterProcess, since start: ContinuousClock.Instant
        ) async throws -> Duration {
            try await eventually("\(id) has done a tile", within: 30, every: .milliseconds(100)) {
                try await master.tiles(job.jobId).workers.contains(id) ? ContinuousClock.now - start : nil
            }
        }

        @Test func masterWithoutTheRightToGrowTopicsNamesTheCommand() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let proxy = try await bench.startProxy(before: cluster, showing: ["tasks": 2, "results": 2])
                try await proxy.order("refuse")
                let master = try await bench.startMaster(Self.options + proxy.arguments)
                _ = try await bench.startWorker("worker-1", of: master, ["--threads", "4"] + proxy.arguments)
                try await eventually("the master names the command to do it by hand") {
                    master.process.errorOutput.contains("--alter --topic results --partitions 4") ? true : nil
                }
                #expect(try await proxy.state().answered["create_partitions"] == 1)
                try await proxy.order("grow?results=4")
                try await proxy.order("grow?tasks=4")
                try await eventually("the master has seen the new partitions") {
                    try await master.statistics().kafka.partitions == 4 ? true : nil
                }
                try await eventually("the worker has all partitions") {
                    try await master.workers().online("worker-1")?.partitions == [0, 1, 2, 3] ? true : nil
                }
                let source = try TestImage.file(600, 400)
                let job = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "invert"))
                #expect(try await proxy.state().answered["create_partitions"] == 1)
            }
        }

        @Test func topicOfResultsGetsAsManyPartitionsAsTasks() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let proxy = try await bench.startProxy(before: cluster, showing: ["tasks": 4, "results": 2])
                try await proxy.order("refuse")
                let refused = try await ProgramOutput.of(Programs.master, ["topics"] + proxy.arguments)
                #expect(refused.status == .exited(1))
                #expect(refused.error.contains("--alter --topic results --partitions 4"))
                try await proxy.order("allow")
                let done = try await ProgramOutput.of(Programs.master, ["topics"] + proxy.arguments)
                #expect(done.status == .exited(0), "\(done.error)")
                #expect(done.output.contains("results"))
                #expect(try await proxy.state().partitions["results"] == 4)
            }
        }
    }
}
