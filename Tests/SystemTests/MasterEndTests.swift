import Foundation
import Subprocess
import Testing

extension SystemTests {
    /// An ended master leaves no process behind.
    @Suite(.serialized) struct MasterEndTests {
        private static let options = ["--min-size", "64", "--tile-size", "64"]

        private func isRunning(_ pid: Int32) -> Bool {
            let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            // The state follows the name in brackets. A zombie has ended and waits for init.
            guard let state = text?.split(separator: ")").last?.split(separator: " ").first else { return false }
            return state != "Z" && state != "X"
        }

        /// The master's own limit is 4.5 s. Status 0 means that it needed less.
        @Test func interruptEndsAllProcessesInOrder() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options)
                let job = try await master.submit(TestImage.file(1280, 1280), transforms: SystemTests.SmallTiles.slow)
                _ = try await master.underWay(job, done: 3)
                let workers = try await [master.worker("worker-1").pid, master.worker("worker-2").pid]
                #expect(workers.allSatisfy(isRunning))
                master.process.send(SIGINT)
                #expect(try await master.process.status(within: 60) == .exited(0))
                #expect(!workers.contains(where: isRunning))
            }
        }

        @Test func workersEndWithAKilledMaster() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(Self.options)
                let workers = try await [master.worker("worker-1").pid, master.worker("worker-2").pid]
                master.process.send(SIGKILL)
                _ = try await master.process.status(within: 60)
                try await eventually("its workers end", within: 30) {
                    workers.contains(where: isRunning) ? nil : true
                }
            }
        }

        @Test func masterEndsBeforeItsWorkersHaveJoined() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster()
                master.process.send(SIGTERM)
                #expect(try await master.process.status(within: 60) == .exited(0))
            }
        }
    }
}
