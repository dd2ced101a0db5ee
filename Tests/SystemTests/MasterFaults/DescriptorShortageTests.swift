import Foundation
import Subprocess
import Testing

extension MasterFaults {
    /// How many files a master may have open.
    @Suite(.serialized) struct DescriptorShortageTests {
        private func limits(of master: MasterProcess) async throws -> [String] {
            let run = try await ProgramOutput.of(
                "/usr/bin/prlimit",
                ["--pid", "\(master.process.pid)", "--nofile", "--noheadings", "--output", "SOFT,HARD"])
            return run.output.split(whereSeparator: \.isWhitespace).map(String.init)
        }

        @Test func masterRaisesItsLimitOfOpenFiles() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(
                    ["--local-workers", "0"],
                    tracer: ["/usr/bin/prlimit", "--nofile=256:2048"])
                #expect(try await limits(of: master) == ["2048", "2048"])
            }
        }
    }
}
