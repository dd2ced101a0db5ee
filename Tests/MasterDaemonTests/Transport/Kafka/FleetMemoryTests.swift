import Foundation
import Logging
import Testing
import TileCore

@testable import MasterDaemon

/// Workers that are offline for long.
@Suite(.timeLimit(.minutes(10))) struct FleetMemoryTests {
    @Test func anOfflineWorkerLeavesRegistryAndTable() async throws {
        let topics = TopicNames()
        let broker = try EmbeddedBroker(topics: topics.specifications, logger: .silent)
        let producer = try KafkaProducer(broker.configuration, logger: .silent)
        func send(_ heartbeat: Heartbeat) async throws {
            try await producer.send(
                KafkaRecord(topic: topics.heartbeats, partition: 0, payload: OwnedBytes(copying: heartbeat.payload)))
        }
        try await withMaster { master in
            let store = master.service.store
            // A worker from long before this master's start.
            try await store.save([
                WorkerRecord(
                    workerID: "old", status: .online, lastHeartbeat: Date(timeIntervalSince1970: 1), host: "h", pid: 1,
                    slots: 1, tilesDone: 0)
            ])
            let monitor = FleetMonitor(
                consumer: try KafkaConsumer(
                    broker.configuration,
                    source: .stored(group: "test", [KafkaPartition(topic: topics.heartbeats, partition: 0)]),
                    logger: .silent),
                producer: producer, topic: topics.heartbeats, observer: master.service.dispatcher,
                deadLetters: DeadLetterSender(producer: producer, topic: topics.deadLetters, logger: .silent),
                store: store, memory: .milliseconds(200), reconnects: { 0 }, logger: .silent)
            try await send(.of("goes"))
            try await send(.of("stays"))
            let run = Task { try await monitor.run() }
            defer { run.cancel() }
            func until(_ ids: [String]) async throws {
                while try await store.workers().map(\.workerID) != ids || monitor.workers.map(\.heartbeat.worker) != ids
                {
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            try await until(["goes", "stays"])
            try await send(.of("goes", uptime: 2, state: .leaving))
            try await until(["stays"])
        }
        await producer.close(within: 1)
    }
}
