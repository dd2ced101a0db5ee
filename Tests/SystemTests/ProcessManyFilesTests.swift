import Foundation
import Subprocess
import Testing
import TileCore

extension SystemTests {
    /// Many small files in one command. Once, jobs that came while the service started were queued twice, and two runs
    /// of one job ended the program.
    @Suite(.serialized) struct ProcessManyFilesTests {
        @Test func sixtyFilesAreProcessedTwentyTimes() async throws {
            try await Workbench.with { bench in
                let names = (0..<60).map { String(format: "%02d.png", $0) }
                var expected: [String: Data] = [:]
                for (number, name) in names.enumerated() {
                    let source = try TestImage.file(64 + number, 100)
                    try source.write(to: URL(filePath: bench.file(name)))
                    expected[name] = try WholeImage.result(of: source, transforms: "invert")
                }
                for round in 0..<20 {
                    let folder = bench.file("results-\(round)")
                    let run = try await ProgramOutput.of(
                        Programs.master,
                        ["process"] + names.map(bench.file)
                            + [folder, "--transforms", "invert", "--tile-size", "64", "--jobs", "8"])
                    try #require(run.status == .exited(0), "round \(round): \(run.error)")
                    #expect(run.output.contains("60 of 60 done"))
                    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == Set(names))
                    for name in names {
                        let result = FileManager.default.contents(atPath: "\(folder)/\(name)")
                        #expect(result == expected[name], "\(name) in round \(round)")
                    }
                }
            }
        }
    }
}
