import Foundation
import Subprocess
import Testing

extension WorkerFaults {
    /// Workers that are drained: they finish their tiles, and then end.
    @Suite(.serialized) struct DrainTests {
        private static let options = ["--min-size", "64", "--tile-size", "64"]
        private static let slow = SystemTests.SmallTiles.slow

        @Test func drainedWorkerLosesNothing() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options + ["--local-workers", "0"])
                let drained = try await bench.startWorker("worker-1", of: master)
                let other = try await bench.startWorker("worker-2", of: master)
                try await master.fleet(["worker-1", "worker-2"])
                let source = try TestImage.file(960, 960)
                let job = try await master.submit(source, transforms: Self.slow)
                _ = try await master.underWay(job, done: 20)
                let answer = try await master.drain("worker-1")
                #expect(answer.status == 202)
                let shown = try answer.decoded(WorkersAnswer.Worker.self)
                #expect(shown.workerId == "worker-1" && shown.status != "online")
                #expect(try await drained.status(within: 30) == .exited(0))

                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
                #expect(!other.hasEnded)
                let statistics = try await master.statistics()
                #expect(statistics.workers.lost == 0)
                #expect(statistics.tiles.givenUp == 0)
                try await eventually("the master knows that the worker left", within: 10) {
                    try await master.workers().workers.first { $0.workerId == "worker-1" }?.status == "offline"
                        ? true : nil
                }
                #expect(try await master.drain("worker-1").expectProblem(409, "wrong-state").contains("worker-1"))
                #expect(try await master.drain("worker-9").expectProblem(404, "not-found").contains("worker-9"))
            }
        }

        @Test func drainOrderWaitsForAStoppedWorker() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--local-workers", "0"])
                let worker = try await bench.startWorker("worker-1", of: master)
                try await master.worker("worker-1")
                worker.send(SIGSTOP)
                for _ in 1...2 {
                    let answer = try await master.drain("worker-1")
                    #expect(answer.status == 202)
                    #expect(try answer.decoded(WorkersAnswer.Worker.self).status == "draining")
                }
                #expect(!worker.hasEnded)
                worker.send(SIGCONT)
                #expect(try await worker.status(within: 30) == .exited(0))

                // The id is free again, and the order does not apply to the next worker with it.
                let next = try await bench.startWorker("worker-1", of: master)
                #expect(try await master.worker("worker-1").pid == next.pid)
                #expect(!next.hasEnded)
            }
        }

        @Test func drainedLocalWorkerStaysAway() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options)
                for id in ["worker-1", "worker-2"] {
                    try await master.worker(id)
                    #expect(try await master.drain(id).status == 202)
                }
                try await eventually("the master restarts neither of them", within: 30) {
                    master.process.errorOutput.split(separator: "\n").count {
                        $0.contains("not restarted before the master's next start")
                    } == 2 ? true : nil
                }
                try await eventually("both have left", within: 10) {
                    try await master.workers().workers.allSatisfy { $0.status == "offline" } ? true : nil
                }
                let source = try TestImage.file(300, 200)
                let job = try await master.submit(source, transforms: "invert")
                #expect(try #require(job.message).contains("no worker is online"))
                _ = try await bench.startWorker("worker-3", of: master)
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "invert"))
                #expect(try await master.workers().online("worker-1") == nil)
            }
        }
    }
}
