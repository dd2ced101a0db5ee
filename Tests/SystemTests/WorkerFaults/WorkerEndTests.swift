import Foundation
import Subprocess
import Testing

extension WorkerFaults {
    /// The tiles that a worker has taken when it is told to end. `DrainTests` tests drain orders.
    @Suite(.serialized) struct WorkerEndTests {
        private static let options = ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"]

        /// The worker has one thread and takes further tiles in advance. How many it has taken when the signal comes is
        /// random. It has to do all of them.
        @Test func endingWorkerFinishesItsTiles() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options)
                let worker = try await bench.startWorker(
                    "worker-1", of: master, ["--threads", "1"], environment: ["TILEWORK_FAULT_TILE_MS": "400"])
                try await master.worker("worker-1")
                let source = try TestImage.file(512, 512)
                let job = try await master.submit(source, transforms: "blur:ksize=9")
                _ = try await master.underWay(job, done: 2)
                worker.send(SIGTERM)
                #expect(try await worker.status(within: 30) == .exited(0))
                #expect(worker.errorOutput.contains("fault injected: each tile takes at least 400 ms"))

                let farewell = try #require(
                    worker.errorOutput.split(separator: "\n").last { $0.contains("left the group") })
                let taken = try #require(Self.number("records_taken", in: farewell))
                #expect(Self.number("tiles_done", in: farewell) == taken)
                try await eventually("the master has all \(taken) tiles") {
                    try await master.job(job.jobId).progress.completed == taken ? true : nil
                }
                try await eventually("the master knows that the worker left", within: 10) {
                    try await master.workers().online("worker-1") == nil ? true : nil
                }
                #expect(try await !master.job(job.jobId).isFinal)

                _ = try await bench.startWorker("worker-2", of: master)
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "blur:ksize=9"))
                let statistics = try await master.statistics()
                #expect(statistics.tiles.givenUp == 0)
                #expect(statistics.workers.lost == 0)
            }
        }

        /// The value of a key in a line of the log.
        private static func number(_ key: String, in line: Substring) -> Int? {
            line.split(separator: " ").first { $0.hasPrefix("\(key)=") }.flatMap { Int($0.dropFirst(key.count + 1)) }
        }

        @Test func invalidFaultSettingIsRefused() async throws {
            let run = try await ProgramOutput.of(
                Programs.worker, ["worker-1"], environment: ["TILEWORK_FAULT_CRASH": "explode"])
            #expect(run.status == .exited(64))
            #expect(run.error.contains("TILEWORK_FAULT_CRASH is 'explode'"), "\(run.error)")
        }
    }
}
