import Foundation
import Subprocess
import Testing
import TileCore

extension Measurements {
    /// What `process` takes beside the pixels and beside a start of the program: for an image of one tile there are next to
    /// no pixels. The whole command is measured by `scripts/bench`, of a release build.
    @Suite(.serialized) struct ProcessOverheadTests {
        @Test func oneTileTakesHardlyLongerThanTheHelp() async throws {
            try await Workbench.with { bench in
                try TestImage.file(64, 64).write(to: URL(filePath: bench.file("in.png")))
                let work = [
                    "process", bench.file("in.png"), bench.file("out.png"), "--transforms", "invert", "--tile-size",
                    "64",
                ]
                var (works, helps): ([Duration], [Duration]) = ([], [])
                // By turns, so that what else the machine does meets both.
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
