import Foundation
import Logging
import Testing
import TileCore

extension ClusterFaults {
    /// The topic of dead letters has no leader while unreadable records arrive.
    @Suite(.serialized) struct DeadLetterOutageTests {
        private static let options = ["--min-size", "64", "--tile-size", "64", "--local-workers", "0"]
        private static let topics = TopicNames()

        /// A worker with one thread takes at most three records at once. Each unreadable task once stayed among them,
        /// so three such tasks stopped the worker.
        @Test func workerGoesOnWithoutTheDeadLetterTopic() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let logger = Logger(label: "garbage") { _ in SwiftLogNoOpLogHandler() }
                let producer = try KafkaProducer(cluster.configuration, logger: logger)
                let master = try await bench.startMaster(Self.options + cluster.arguments)
                let worker = try await bench.startWorker(
                    "worker-1", of: master, ["--threads", "1"] + cluster.arguments)
                try await master.worker("worker-1")
                cluster.broker.setLeader(of: Self.topics.deadLetters, partitions: 1, isThere: false)
                for partition in 0..<8 as Range<Int32> {
                    try await producer.send(
                        KafkaRecord(
                            topic: Self.topics.tasks, partition: partition, key: "garbage",
                            payload: OwnedBytes(copying: Array("?".utf8))))
                }
                try await eventually("the worker has read all unreadable tasks", within: 60) {
                    worker.errorOutput.components(separatedBy: "not a valid task record").count > 8 ? true : nil
                }
                let source = try TestImage.file(640, 640)
                let job = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "invert"))
                cluster.broker.setLeader(of: Self.topics.deadLetters, partitions: 1, isThere: true)
                await producer.close(within: 3)
            }
        }

        @Test func masterGoesOnWithoutTheDeadLetterTopic() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let logger = Logger(label: "garbage") { _ in SwiftLogNoOpLogHandler() }
                let producer = try KafkaProducer(cluster.configuration, logger: logger)
                let master = try await bench.startMaster(Self.options + cluster.arguments)
                _ = try await bench.startWorker("worker-1", of: master, ["--threads", "1"] + cluster.arguments)
                try await master.fleet(["worker-1"])
                let source = try TestImage.file(640, 640)

                cluster.broker.setLeader(of: Self.topics.deadLetters, partitions: 1, isThere: false)
                for topic in [Self.topics.heartbeats, Self.topics.results] {
                    try await producer.send(
                        KafkaRecord(
                            topic: topic, partition: 0, key: "garbage", payload: OwnedBytes(copying: Array("?".utf8))))
                }
                try await eventually("the master has read both unreadable records", within: 30) {
                    let log = master.process.errorOutput
                    return log.contains("not a valid heartbeat record") && log.contains("not a valid result record")
                        ? true : nil
                }
                // The master reads the result records behind the unreadable one.
                let job = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "invert"))
                // The master reads the heartbeats behind the unreadable one. Otherwise the worker would be lost.
                let tiles = try #require(try await master.workers().online("worker-1")).tilesDone
                let end = ContinuousClock.now + .seconds(9)
                try await eventually("a worker without heartbeats would be offline by now", every: .milliseconds(200)) {
                    _ = try #require(try await master.workers().online("worker-1"), "the worker counts as offline")
                    return ContinuousClock.now >= end ? true : nil
                }
                let next = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(next) == WholeImage.result(of: source, transforms: "invert"))
                try await eventually("a heartbeat counts the second job's tiles", within: 30) {
                    try await master.workers().online("worker-1")?.tilesDone ?? 0 > tiles ? true : nil
                }
                #expect(try await master.statistics().deadLetters == 0)

                cluster.broker.setLeader(of: Self.topics.deadLetters, partitions: 1, isThere: true)
                try await eventually("both records are in the topic", within: 60) {
                    try await master.statistics().deadLetters == 2 ? true : nil
                }
                await producer.close(within: 3)
            }
        }
    }
}
