import Foundation
import Subprocess
import Testing

extension SystemTests {
    /// Workers that are started by hand.
    @Suite(.serialized) struct WorkerTests {
        private static let options = ["--min-size", "64", "--tile-size", "64"]

        @Test func jobWaitsForAWorker() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options + ["--local-workers", "0"])
                #expect(master.process.output.contains("No local workers"))
                let source = try TestImage.file(300, 200)
                let job = try await master.submit(source, transforms: "blur:ksize=9")
                #expect(try #require(job.message).contains("no worker is online"))
                try await eventually("the job has begun", within: 10) {
                    try await master.statistics().queue.tilesInFlight > 0 ? true : nil
                }
                let waiting = try await master.job(job.jobId)
                #expect(!waiting.isFinal && waiting.progress.completed == 0)
                #expect(try #require(waiting.message).contains("worker-main"))

                let worker = try await bench.startWorker("worker-1", of: master)
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "blur:ksize=9"))
                #expect(try await master.job(job.jobId).message == nil)
                let shown = try await master.worker("worker-1")
                #expect(shown.pid == worker.pid && shown.slots > 0)
                // There is no other worker, so it has every partition.
                #expect(shown.partitions == Array(0..<shown.partitions.count))

                worker.send(SIGTERM)
                #expect(try await worker.status(within: 10) == .exited(0))
                try await eventually("the master knows that the worker left", within: 5) {
                    try await master.workers().online("worker-1") == nil ? true : nil
                }
                let next = try await master.submit(source, transforms: "invert")
                #expect(try #require(next.message).contains("no worker is online"))
            }
        }

        @Test func thirdWorkerJoinsAndLeavesDuringAJob() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options)
                try await master.worker("worker-1")
                let source = try TestImage.file(1280, 1280)
                let job = try await master.submit(source, transforms: SystemTests.SmallTiles.slow)
                let worker = try await bench.startWorker("worker-3", of: master)
                try await eventually("the third worker is online", within: 15) {
                    try await master.workers().online("worker-3")
                }
                worker.send(SIGTERM)
                #expect(try await worker.status(within: 10) == .exited(0))
                #expect(
                    try await master.completed(job)
                        == WholeImage.result(of: source, transforms: SystemTests.SmallTiles.slow))
                #expect(try await master.statistics().tiles.givenUp == 0)
            }
        }

        @Test func secondWorkerWithTheSameIdIsRefused() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options + ["--local-workers", "0"])
                let first = try await bench.startWorker("worker-1", of: master)
                try await master.worker("worker-1")
                let second = try await bench.startWorker("worker-1", of: master)
                #expect(try await second.status(within: 20) == .exited(78))
                #expect(second.errorOutput.contains("the id worker-1 belongs to a worker"))
                #expect(second.errorOutput.contains("with another id"))
                #expect(!first.hasEnded)
                #expect(try await master.worker("worker-1").pid == first.pid)
            }
        }

        @Test func invalidArgumentsAreRefused() async throws {
            for arguments in [[], ["worker 1"], ["worker-1", "--master", "kafka:9092"]] {
                let run = try await ProgramOutput.of(Programs.worker, arguments)
                #expect(run.status != .exited(0))
                #expect(run.error.contains("Error:"), "\(run.error)")
            }
        }

        @Test func workerWaitsForItsMaster() async throws {
            try await Workbench.with { bench in
                let early = try await bench.startMaster(["--local-workers", "0"])
                let url = early.url
                await early.process.end()
                let worker = try await bench.start(Programs.worker, ["worker-1", "--master", url], name: "worker")
                try await eventually("the worker says that it waits", within: 10) {
                    worker.errorOutput.contains("no answer from the master") ? true : nil
                }
                worker.send(SIGINT)
                #expect(try await worker.status(within: 60) == .exited(0))
            }
        }
    }
}
