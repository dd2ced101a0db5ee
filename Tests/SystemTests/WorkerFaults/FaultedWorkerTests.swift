import Foundation
import Testing

extension WorkerFaults {
    /// Workers that crash or sleep in the middle of a job, with pixels in records and with the master's canvases.
    @Suite(.serialized) struct FaultedWorkerTests {
        private static let options = ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"]
        private static let transforms = "blur:ksize=9"

        /// The cluster notices a dead member only after its session timeout, which is set to five minutes here. So the
        /// other worker got the tiles from the master, not from the group.
        @Test(arguments: [false, true]) func tilesOfAKilledWorkerAreDoneByOthers(lent: Bool) async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let master = try await bench.startMaster(Self.options + cluster.arguments)
                let arguments =
                    ["--threads", "1"] + cluster.arguments + ["--kafka-config", "session.timeout.ms=300000"]
                    + master.canvases(lent)
                func start(_ id: String) async throws -> ChildProcess {
                    try await bench.startWorker(
                        id, of: master, arguments, environment: ["TILEWORK_FAULT_TILE_MS": "100"])
                }
                let killed = try await start("worker-1")
                _ = try await start("worker-2")
                try await master.fleet(["worker-1", "worker-2"], within: 60)
                let source = try TestImage.file(512, 512)
                let job = try await master.submit(source, transforms: Self.transforms)
                _ = try await master.underWay(job, done: 20)
                killed.send(SIGKILL)
                let kill = ContinuousClock.now
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.transforms))
                let time = ContinuousClock.now - kill
                // The group would notice only after five minutes.
                print("the job was done \(time) after one of its two workers was killed")
                let tiles = try await master.statistics().tiles
                #expect(tiles.sent > job.progress.total)
                #expect(tiles.completed == job.progress.total)
                #expect(tiles.givenUp == 0)
            }
        }

        @Test(arguments: [false, true]) func sleepersLateResultsAreDropped(lent: Bool) async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options)
                let sleeper = try await bench.startWorker(
                    "worker-1", of: master, ["--threads", "1"] + master.canvases(lent),
                    environment: ["TILEWORK_FAULT_TILE_MS": "400"])
                _ = try await bench.startWorker(
                    "worker-2", of: master, ["--threads", "1"] + master.canvases(lent),
                    environment: ["TILEWORK_FAULT_TILE_MS": "50"])
                try await master.fleet(["worker-1", "worker-2"])
                let source = try TestImage.file(640, 640)
                let expected = try WholeImage.result(of: source, transforms: Self.transforms)
                let job = try await master.submit(source, transforms: Self.transforms)
                // After its first tile, the worker has begun the next one.
                try await eventually("the sleeper has done a tile") {
                    try await master.tiles(job.jobId).workers.contains("worker-1") ? true : nil
                }
                sleeper.send(SIGSTOP)
                #expect(try await master.completed(job) == expected)
                try await eventually("the sleeper is offline", within: 30) {
                    try await master.workers().online("worker-1") == nil ? true : nil
                }
                let before = try await master.statistics()
                #expect(before.workers.lost == 1)
                #expect(before.tiles.completed == job.progress.total)
                #expect(before.tiles.givenUp == 0)

                sleeper.send(SIGCONT)
                try await eventually("the sleeper's late results are dropped", within: 30) {
                    try await master.statistics().late > before.late ? true : nil
                }
                try await master.fleet(["worker-1", "worker-2"], within: 60)
                let next = try await master.submit(source, transforms: Self.transforms)
                #expect(try await master.completed(next) == expected)
                #expect(!sleeper.hasEnded)
                let after = try await master.statistics()
                #expect(after.tiles.completed == 2 * job.progress.total)
                #expect(after.tiles.givenUp == 0)
                #expect(try await master.result(job.jobId) == expected)
            }
        }

        @Test(arguments: [false, true]) func jobWaitsIfAllWorkersWereKilled(lent: Bool) async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options)
                var workers: [ChildProcess] = []
                for id in ["worker-1", "worker-2"] {
                    workers.append(
                        try await bench.startWorker(
                            id, of: master, ["--threads", "1"] + master.canvases(lent),
                            environment: ["TILEWORK_FAULT_TILE_MS": "100"]))
                }
                try await master.fleet(["worker-1", "worker-2"])
                let source = try TestImage.file(640, 640)
                let job = try await master.submit(source, transforms: Self.transforms)
                _ = try await master.underWay(job, done: 20)
                for worker in workers { worker.send(SIGKILL) }
                let waiting = try await eventually("the job says what it waits for", within: 30) {
                    let now = try await master.job(job.jobId)
                    return now.message?.contains("no worker is online") == true ? now : nil
                }
                #expect(!waiting.isFinal)
                #expect(try await master.statistics().workers.lost == 2)
                #expect(try await master.workers().workers.allSatisfy { $0.status == "offline" })

                _ = try await bench.startWorker("worker-3", of: master, master.canvases(lent))
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.transforms))
                let tiles = try await master.statistics().tiles
                #expect(tiles.completed == job.progress.total)
                #expect(tiles.givenUp == 0)
            }
        }
    }
}
