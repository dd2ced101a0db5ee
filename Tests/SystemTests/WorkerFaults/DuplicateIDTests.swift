import Foundation
import Logging
import Subprocess
import Testing
import TileCore

extension WorkerFaults {
    /// Workers that are started with an id that another worker has. No master runs. One test sends the order of a
    /// master itself.
    @Suite(.serialized) struct DuplicateIDTests {
        private static let slow = ["TILEWORK_FAULT_TILE_MS": "200"]

        @Test func secondWorkerEndsWithoutJoiningTheGroup() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                try await DirectTasks.with(cluster) { tasks in
                    let first = try await Self.start(bench, cluster.arguments)
                    try await tasks.send(8, attempt: 1)
                    try await tasks.allAnswered()
                    let second = try await Self.start(bench, cluster.arguments)
                    #expect(try await second.status(within: 30) == .exited(78))
                    #expect(second.errorOutput.contains("the id worker-1 belongs to a worker"))
                    #expect(!second.errorOutput.contains("joining the group"))
                    #expect(!first.hasEnded)
                    try await tasks.send(8, attempt: 1)
                    try await tasks.allAnswered()
                }
            }
        }

        /// A worker once took its id as free after seven seconds without any heartbeat, although it had reached no
        /// broker.
        @Test func workerWithoutBrokersDoesNotTakeItsIDAsFree() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let first = try await Self.start(bench, cluster.arguments)
                let joining = "joining the group"
                try await eventually("the first worker has joined") {
                    first.errorOutput.contains(joining) ? true : nil
                }
                let proxy = try await bench.startProxy(before: cluster, showing: [:])
                try await proxy.order("down")
                let second = try await Self.start(bench, proxy.arguments)
                try await eventually("the second worker has waited in vain") {
                    second.errorOutput.contains("first heartbeat not echoed yet") ? true : nil
                }
                try await proxy.order("up")
                #expect(try await second.status(within: 60) == .exited(78))
                #expect(!second.errorOutput.contains(joining))
            }
        }

        /// The offsets of the tasks that the worker has taken are committed, so no other worker would get these tasks.
        @Test func refusedWorkerFinishesItsTasks() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                try await DirectTasks.with(cluster) { tasks in
                    let refused = try await Self.start(bench, cluster.arguments)
                    try await tasks.send(24, attempt: 2)
                    try await tasks.answered(4)
                    try await Self.refuse("worker-1", in: cluster)
                    #expect(try await refused.status(within: 30) == .exited(78))
                    _ = try await bench.start(Programs.worker, ["worker-2"] + cluster.arguments, name: "worker-2")
                    try await tasks.allAnswered()
                }
            }
        }

        private static func start(_ bench: Workbench, _ cluster: [String]) async throws -> ChildProcess {
            try await bench.start(
                Programs.worker, ["worker-1", "--threads", "1"] + cluster, name: "worker-1", environment: slow)
        }

        /// Sends the order by which a master refuses the later one of two workers.
        private static func refuse(_ worker: String, in cluster: TestCluster) async throws {
            let logger = Logger(label: "refusal", factory: { _ in SwiftLogNoOpLogHandler() })
            let topic = TopicNames().heartbeats
            let consumer = try KafkaConsumer(
                cluster.configuration, source: .tail(1, [KafkaPartition(topic: topic, partition: 0)]), logger: logger)
            let producer = try KafkaProducer(cluster.configuration, logger: logger)
            let message = try #require(await consumer.next())
            let heartbeat = try Heartbeat(payload: message.withPayload { [UInt8](copying: $0) })
            let control = WorkerControl(
                worker: worker, instance: heartbeat.instance, order: .refuse, reason: "another one has the id")
            try await producer.send(
                KafkaRecord(
                    topic: topic, partition: 0, key: worker,
                    headers: [KafkaHeader(WorkerControl.headerName, Array("refuse".utf8))],
                    payload: OwnedBytes(copying: control.payload)))
            await consumer.close()
            await producer.close(within: 3)
        }
    }
}
