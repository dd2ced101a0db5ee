import Foundation
import Subprocess
import Testing
import TileCore

extension SystemTests {
    /// `--keep` and `--max-storage`, with real jobs and their files.
    @Suite struct RetentionTests {
        @Test func onlyFinishedJobsAreDeletedWithTheirFiles() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster([
                    "--keep", "2s", "--local-workers", "0", "--min-size", "64", "--tile-size", "64",
                ])
                let image = try TestImage.file(100, 80)
                let waiting = try await master.submit(image, transforms: "invert", format: "png")
                let done = try await master.submit(image, transforms: "invert", format: "png")
                let answer = try await master.api.request("POST", "\(done.path)/cancel")
                #expect(answer.status == 200)
                try await eventually("the finished job is deleted", within: 20) {
                    try await master.api.get(done.path).status == 404 ? true : nil
                }
                // The job's row is deleted before its files.
                try await eventually("its files are deleted", within: 20) {
                    master.jobFiles().contains { $0.contains(done.jobId) } ? nil : true
                }
                #expect(try await master.job(waiting.jobId).status != "cancelled")
                // The audit log shows that no user asked for the deletion.
                let lines = try String(contentsOfFile: "\(master.dataDirectory)/audit.jsonl", encoding: .utf8)
                    .split(separator: "\n").filter { $0.contains("\"job.expire\"") }
                #expect(lines.count == 1)
                #expect(lines.first?.contains("\"job\":\"\(done.jobId)\"") == true)
                #expect(lines.first?.contains("\"principal\":\"master\"") == true)
            }
        }

        @Test(arguments: [["--keep", "week"], ["--max-storage", "20"]])
        func invalidAmountIsRefused(arguments: [String]) async throws {
            try await Workbench.with { bench in
                let process = try await bench.start(
                    Programs.master, ["serve", "--data-dir", bench.file("d")] + arguments, name: "master")
                let status = try await process.status(within: 15)
                #expect(status == .exited(64))
                #expect(process.errorOutput.contains(arguments[0]))
            }
        }
    }
}
