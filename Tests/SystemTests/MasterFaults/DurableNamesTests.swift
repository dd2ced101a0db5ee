import Foundation
import Subprocess
import Testing

extension MasterFaults {
    /// The data that a power failure would leave, as far as the order of system calls shows.
    @Suite(.enabled(if: SystemCallTrace.isWanted, "needs strace(1) to be installed and allowed to trace"))
    struct DurableNamesTests {
        @Test func uploadsAndOutputsAreSyncedWithTheirNames() async throws {
            try await Workbench.with { bench in
                let trace = SystemCallTrace(path: bench.file("trace"))
                let master = try await bench.startMaster(
                    ["--min-size", "64", "--local-workers", "1"], tracer: trace.command)
                let data = master.dataDirectory
                #expect(trace.sync(of: data) != nil, "the names of the folders")

                let job = try await master.submit(TestImage.file(150, 100), transforms: "invert", format: "bmp")
                let source = try #require(trace.sync(of: "\(data)/uploads/\(job.jobId)"), "the source")
                #expect(trace.sync(of: "\(data)/uploads", after: source) != nil, "the name of the source")

                _ = try await master.completed(job)
                let renamed = try #require(trace.rename(to: "\(data)/outputs/\(job.jobId).bmp"), "the output")
                #expect(trace.sync(of: "\(data)/outputs", after: renamed) != nil, "the name of the output")
            }
        }

        /// The early writeback leaves little to write for the sync at the end.
        @Test func largeFilesAreWrittenBackWhileTheyAreMade() async throws {
            try await Workbench.with { bench in
                let trace = SystemCallTrace(path: bench.file("trace"))
                let master = try await bench.startMaster(["--local-workers", "1"], tracer: trace.command)
                let data = master.dataDirectory
                // Both files are larger than a megabyte.
                let job = try await master.submit(TestImage.file(2000, 1500), transforms: "invert", format: "png")
                _ = try await master.completed(job)
                for (folder, file) in [("uploads", "\(job.jobId)"), ("outputs", "\(job.jobId).part.png")] {
                    let begun = try #require(trace.writeback(in: "\(data)/\(folder)"), "\(folder)")
                    let synced = try #require(trace.sync(of: "\(data)/\(folder)/\(file)"), "\(folder)")
                    #expect(begun < synced)
                }
            }
        }

        @Test func resultsOfProcessAreSyncedWithTheirNames() async throws {
            try await Workbench.with { bench in
                let trace = SystemCallTrace(path: bench.file("trace"))
                _ = try bench.image("in.png")
                let command =
                    trace.command + [
                        Programs.master, "process", bench.file("in.png"), bench.file("out.png"), "--transforms",
                        "invert",
                    ]
                let run = try await ProgramOutput.of(command[0], Array(command.dropFirst()))
                #expect(run.status == .exited(0), "\(run.error)")
                let written = try #require(trace.sync(named: "part.png"), "the result")
                let renamed = try #require(trace.rename(to: "out.png"), "the name")
                #expect(written < renamed)
                #expect(trace.sync(of: bench.folder, after: renamed) != nil, "the name of the result")
            }
        }
    }
}
