import Logging
import TileCore

/// Sends a heartbeat every two seconds, and whenever the partitions change.
struct HeartbeatSender: Sendable {
    let producer: KafkaProducer
    let topic: String
    let identity: WorkerIdentity
    let progress: WorkerProgress
    /// The id of the folder of canvases that this worker can open; `nil` if there is none.
    let lender: String?
    /// The names of the steps that this worker knows.
    let steps: [String]
    /// Whether another worker has the id. Then this worker sends no heartbeats under it.
    let isRefused: @Sendable () -> Bool
    /// How many times this worker reconnected after all brokers were unreachable.
    let reconnects: @Sendable () -> Int
    let logger: Logger

    /// Runs until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    await send(.online)
                    try? await Task.sleep(for: .seconds(Heartbeat.interval))
                }
            }
            group.addTask {
                for await _ in progress.changes { await send(.online) }
            }
        }
    }

    func send(_ state: Heartbeat.State) async {
        guard !isRefused() else { return }
        let counts = progress.counters.now
        let heartbeat = Heartbeat(
            worker: identity.id, instance: identity.instance, host: identity.host, pid: identity.pid, state: state,
            slots: identity.slots, tilesDone: counts.tilesDone, uptime: identity.uptime,
            partitions: state == .leaving ? [] : progress.partitions, rebalances: counts.rebalances,
            reconnects: counts.formerReconnects + reconnects(), deadLetters: counts.deadLetters, alone: progress.alone,
            lender: lender, steps: steps)
        do {
            try await producer.send(
                KafkaRecord(
                    topic: topic, partition: 0, key: identity.id, payload: OwnedBytes(copying: heartbeat.payload))
            )
        } catch {
            logger.debug("heartbeat not delivered", metadata: [LogKey.reason: "\(error.reason)"])
        }
    }
}
