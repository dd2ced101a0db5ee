import Foundation
import Subprocess
import Testing

extension MasterFaults {
    /// A master that may open no more files for a while.
    @Suite(.serialized) struct DescriptorShortageTests {
        private func limit(_ master: MasterProcess, soft: String) async throws {
            let run = try await ProgramOutput.of(
                "/usr/bin/prlimit", ["--pid", "\(master.process.pid)", "--nofile=\(soft):"])
            try #require(run.status == .exited(0), "\(run.error)")
        }

        private func limits(of master: MasterProcess) async throws -> [String] {
            let run = try await ProgramOutput.of(
                "/usr/bin/prlimit",
                ["--pid", "\(master.process.pid)", "--nofile", "--noheadings", "--output", "SOFT,HARD"])
            return run.output.split(whereSeparator: \.isWhitespace).map(String.init)
        }

        /// The first number that is free: with this limit nothing can be opened any more, and what is open stays as it is.
        private func free(in master: MasterProcess) throws -> Int {
            let folder = "/proc/\(master.process.pid)/fd"
            let taken = Set(try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { Int($0) })
            return (0...).first { !taken.contains($0) } ?? 0
        }

        /// The job failed for good, with "Too many open files".
        @Test func aJobWaitsForDescriptors() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let master = try await bench.startMaster(
                    ["--min-size", "64", "--tile-size", "64"] + cluster.arguments)
                let worker = try await bench.startWorker(
                    "worker-1", of: master, ["--threads", "1"] + cluster.arguments)
                try await master.worker("worker-1")
                // Without a job before, libdispatch has ended the master now and then: it traps where it cannot look at
                // its own threads in /proc. That is not mended.
                _ = try await master.completed(master.submit(TestImage.file(64, 64), transforms: "invert"))
                let source = try TestImage.file(640, 640)
                // Paused, so that the last pass, with which the result's encoder starts, cannot begin before the limit.
                worker.send(SIGSTOP)
                let job = try await master.submit(source, transforms: SystemTests.SmallTiles.slow)
                try await eventually("the job runs") {
                    try await master.job(job.jobId).status == "processing" ? true : nil
                }
                let before = try await limits(of: master)[0]
                try await limit(master, soft: "\(free(in: master))")
                worker.send(SIGCONT)
                try await eventually("the job waits", within: 120) {
                    master.process.errorOutput.contains("a job waits") ? true : nil
                }
                #expect(master.process.errorOutput.contains("too many files are open"))
                try await limit(master, soft: before)
                #expect(
                    try await master.completed(job)
                        == WholeImage.result(of: source, transforms: SystemTests.SmallTiles.slow))
            }
        }

        @Test func theMasterTakesWhatItMayHave() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(
                    ["--local-workers", "0"],
                    tracer: ["/usr/bin/prlimit", "--nofile=256:2048"])
                #expect(try await limits(of: master) == ["2048", "2048"])
            }
        }
    }
}
