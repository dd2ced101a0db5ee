import Foundation
import Testing

extension WorkerFaults {
    /// The master's counts of its workers and of the cluster.
    @Suite(.serialized) struct StatisticsTests {
        @Test func killedWorkerIsCounted() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--local-workers", "0"])
                let killed = try await bench.startWorker("worker-1", of: master)
                _ = try await bench.startWorker("worker-2", of: master)
                try await master.fleet(["worker-1", "worker-2"])
                let before = try await master.statistics()
                #expect(before.workers.online == 2)
                #expect(before.workers.lost == 0)
                #expect(before.kafka.partitions > 0)
                #expect(before.kafka.rebalances >= 1)

                killed.send(SIGKILL)
                try await master.fleet(["worker-2"])
                let after = try await eventually("the counters have changed", within: 10) {
                    let now = try await master.statistics()
                    return now.workers.lost > 0 && now.kafka.rebalances > before.kafka.rebalances ? now : nil
                }
                #expect(after.workers.online == 1)
                #expect(after.workers.lost == 1)
                #expect(after.droppedResults.values.allSatisfy { $0 == 0 })
                #expect(after.deadLetters == 0)
                #expect(after.tiles.sendFailures == 0)
                let line = try await eventually("the log names the worker", within: 10) {
                    master.process.errorOutput.split(separator: "\n").first { $0.contains("worker lost") }
                }
                #expect(line.contains("worker-1") && line.contains("instance") && line.contains("host"))
            }
        }
    }
}
