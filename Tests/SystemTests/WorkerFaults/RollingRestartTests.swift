import Foundation
import Subprocess
import Testing

extension WorkerFaults {
    /// Workers that come and go while tasks wait that may have been tried before.
    ///
    /// The offset of such a task is committed before the task is processed. No task is resent here, so the test notices
    /// a worker that commits an offset and does not answer the task.
    @Suite(.serialized) struct RollingRestartTests {
        private static let slow = ["TILEWORK_FAULT_TILE_MS": "40"]

        @Test func everyCommittedTaskIsAnswered() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                try await DirectTasks.with(cluster) { tasks in
                    func start(_ id: String) async throws -> ChildProcess {
                        try await bench.start(
                            Programs.worker, [id, "--threads", "2"] + cluster.arguments, name: id,
                            environment: Self.slow)
                    }
                    try await tasks.send(600, attempt: 2)
                    var workers: [String: ChildProcess] = [:]
                    for id in ["worker-1", "worker-2"] { workers[id] = try await start(id) }
                    try await tasks.answered(20)
                    for id in ["worker-1", "worker-2"] {
                        let before = tasks.answers.count
                        let worker = try #require(workers[id])
                        worker.send(SIGTERM)
                        #expect(try await worker.status(within: 30) == .exited(0))
                        workers[id] = try await start(id)
                        try await tasks.answered(min(before + 60, 600))
                    }
                    try await tasks.allAnswered()
                }
            }
        }

        /// The commit succeeds, but its answer comes only after the partitions were revoked.
        @Test func committedTaskIsAnsweredAfterItsPartitionIsRevoked() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let proxy = try await bench.startProxy(before: cluster, showing: [:])
                try await DirectTasks.with(cluster) { tasks in
                    let first = try await Self.startWithHeldCommits(bench, proxy, tasks)
                    _ = try await bench.start(Programs.worker, ["worker-2"] + cluster.arguments, name: "worker-2")
                    try await eventually("the partitions are revoked") {
                        first.errorOutput.contains("partitions revoked") ? true : nil
                    }
                    try await proxy.order("release")
                    try await tasks.allAnswered()
                    #expect(!first.hasEnded)
                }
            }
        }

        /// The commit succeeds, but the worker is told to end before the answer to the commit comes.
        @Test func committedTaskIsAnsweredByAnEndingWorker() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let proxy = try await bench.startProxy(before: cluster, showing: [:])
                try await DirectTasks.with(cluster) { tasks in
                    let first = try await Self.startWithHeldCommits(bench, proxy, tasks)
                    first.send(SIGTERM)
                    #expect(try await first.status(within: 60) == .exited(0))
                    _ = try await bench.start(Programs.worker, ["worker-2"] + cluster.arguments, name: "worker-2")
                    try await tasks.allAnswered()
                }
            }
        }

        /// Starts a worker. Returns once it has taken tasks and waits for the answer to its commit.
        private static func startWithHeldCommits(
            _ bench: Workbench, _ proxy: KafkaProxy, _ tasks: DirectTasks
        ) async throws -> ChildProcess {
            try await tasks.send(48, attempt: 2)
            try await proxy.order("hold")
            let worker = try await bench.start(
                Programs.worker, ["worker-1", "--log-level", "debug"] + proxy.arguments, name: "worker-1",
                environment: slow)
            try await eventually("a commit is on its way") { try await proxy.state().held > 0 ? true : nil }
            return worker
        }
    }
}
