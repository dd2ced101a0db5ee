import Foundation
import Subprocess
import Testing
import TileCore

extension Measurements {
    /// The time that `process` takes in addition to the start of the program. An image of one tile has hardly any
    /// pixels. `scripts/bench` measures the whole command with a release build.
    @Suite(.serialized) struct ProcessOverheadTests {
        @Test func oneTileTakesHardlyLongerThanTheHelp() async throws {
            try await Workbench.with { bench in
                try TestImage.file(64, 64).write(to: URL(filePath: bench.file("in.png")))
                let work = [
                    "process", bench.file("in.png"), bench.file("out.png"), "--transforms", "invert", "--tile-size",
                    "64",
                ]
                var (works, helps): ([Duration], [Duration]) = ([], [])
                // The commands alternate, so that other work on the machine affects both.
                for _ in 0..<9 {
                    works.append(try await Self.time(work))
                    helps.append(try await Self.time(["--help"]))
                }
                let overhead = works.sorted()[4] - helps.sorted()[4]
                #expect(overhead < .milliseconds(150), "process takes \(overhead) more than --help")
            }
        }

        private static func time(_ arguments: [String]) async throws -> Duration {
            let start = ContinuousClock.now
            let run = try await ProgramOutput.of(Programs.master, arguments)
            try #require(run.status == .exited(0), "\(run.error)")
            return ContinuousClock.now - start
        }
    }
}
