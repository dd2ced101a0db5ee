import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Reads the heartbeats, tells the dispatcher and the database which workers are online, and refuses a second worker under
/// an id.
final class FleetMonitor: Service, Fleet {
    private let consumer: KafkaConsumer
    private let producer: KafkaProducer
    private let topic: String
    private let observer: any FleetObserver
    private let deadLetters: DeadLetterSender
    /// The database for the workers' records; `nil` for none.
    private let store: Store?
    private let memory: Duration
    /// Is told which partitions belong to workers that can open the canvases.
    private let lending: CanvasLending?
    /// How often the master's own clients reconnected after an outage.
    private let reconnects: @Sendable () -> Int
    private let logger: Logger
    private let registry = Mutex(FleetRegistry())
    /// Finishes when the first worker has partitions.
    private let firstWorker: AsyncStream<Never>
    private let firstWorkerIsReady: AsyncStream<Never>.Continuation
    private let hasTaker = Atomic(false)
    /// The interval between two searches for workers to forget.
    private static let forgetInterval = Duration.seconds(60)
    /// Workers with changes that are not in the database yet.
    private let unsaved = Mutex<Set<String>>([])
    /// Serializes saving and forgetting workers in the database.
    private let saving = AsyncSemaphore(places: 1)
    private let unsavedSignals: AsyncStream<Void>
    private let unsavedSignal: AsyncStream<Void>.Continuation

    /// - Parameter memory: how long an offline worker is remembered.
    init(
        consumer: KafkaConsumer, producer: KafkaProducer, topic: String, observer: any FleetObserver,
        deadLetters: DeadLetterSender, store: Store?, memory: Duration = FleetRegistry.memory,
        lending: CanvasLending? = nil, reconnects: @escaping @Sendable () -> Int, logger: Logger
    ) {
        self.consumer = consumer
        self.producer = producer
        self.topic = topic
        self.observer = observer
        self.deadLetters = deadLetters
        self.store = store
        self.memory = memory
        self.lending = lending
        self.reconnects = reconnects
        self.logger = logger
        (firstWorker, firstWorkerIsReady) = AsyncStream.makeStream()
        (unsavedSignals, unsavedSignal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// All workers that sent heartbeats since the master's start and were not forgotten, ordered by id.
    var workers: [WorkerState] {
        registry.withLock { $0.workers.values.map(\.state).sorted { $0.heartbeat.worker < $1.heartbeat.worker } }
    }

    var onlineCount: Int { registry.withLock { $0.view.online } }

    var counts: TransportCounts {
        let problems = registry.withLock { $0.problemCounts }
        return TransportCounts(
            rebalances: problems.rebalances, reconnects: problems.reconnects + reconnects(),
            deadLetters: problems.deadLetters + deadLetters.delivered, deadLettersLost: deadLetters.lost)
    }

    /// Tells a worker to finish its tiles and to end. Repeats the order if it was told before.
    /// - Returns: `false` if it is not online.
    func drain(_ id: String) -> Bool {
        guard let heartbeat = registry.withLock({ $0.drain(id) }) else { return false }
        logger.notice("worker is told to drain", metadata: metadata(of: id))
        store?.changes.note(worker: id)
        // The caller does not wait for the delivery, which takes as long as an outage of the cluster.
        Task {
            guard await !order(heartbeat) else { return }
            registry.withLock { $0.forgetDrain(of: id, instance: heartbeat.instance) }
            store?.changes.note(worker: id)
        }
        return true
    }

    /// Removes an offline worker from the list and from the database.
    /// - Returns: `false` if it is online.
    func forget(_ id: String) async throws -> Bool {
        // Waits for a save that is under way, because it could write the worker again.
        try await saving.withPlace {
            guard registry.withLock({ $0.forget(id) }) else { return false }
            unsaved.withLock { _ = $0.remove(id) }
            try await store?.forgetWorker(id)
            logger.notice("offline worker forgotten", metadata: [LogKey.worker: "\(id)"])
            return true
        }
    }

    func run() async throws {
        try await store?.markAllWorkersOffline()
        await withDiscardingTaskGroup { group in
            group.addTask {
                while let message = await cancelWhenGracefulShutdown({ await self.consumer.next() }) {
                    await self.hear(message)
                }
            }
            group.addTask {
                var last = ContinuousClock.now
                while (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }) != nil {
                    if ContinuousClock.now - last > .seconds(3) {
                        self.registry.withLock { $0.restartPatience(at: .now) }
                    }
                    last = .now
                    await self.tick()
                }
            }
            group.addTask {
                repeat {
                    await self.forgetOldWorkers()
                } while (try? await cancelWhenGracefulShutdown {
                    try await Task.sleep(for: min(Self.forgetInterval, self.memory))
                }) != nil
            }
            group.addTask {
                for await _ in self.unsavedSignals.cancelOnGracefulShutdown() { await self.saveAll() }
            }
        }
        await saveAll()
        await consumer.close()
    }

    private func hear(_ message: KafkaMessage) async {
        guard message.header(WorkerControl.headerName) == nil, message.header(MasterClaim.headerName) == nil else {
            return
        }
        let heartbeat: Heartbeat
        do {
            heartbeat = try Heartbeat(payload: message.withPayload { [UInt8](copying: $0) })
        } catch {
            logger.warning(
                "not a valid heartbeat record",
                metadata: message.logMetadata.merging([LogKey.reason: "\(error.reason)"]) { $1 })
            return deadLetters.send(message, reason: error.reason)
        }
        await handle(registry.withLock { $0.hear(heartbeat, at: .now, date: Date()) })
        save(heartbeat.worker)
        await reportFleet()
    }

    private func reportFleet() async {
        let view = registry.withLock { registry in
            var view = registry.view
            if let lending { view.borrowers = registry.borrowers(of: lending.lender, in: view) }
            return view
        }
        await observer.setFleet(view)
        guard !view.owners.isEmpty, !hasTaker.exchange(true, ordering: .relaxed) else { return }
        firstWorkerIsReady.finish()
    }

    var takesTiles: Bool { hasTaker.load(ordering: .relaxed) }

    func untilWorkersTakeTiles() async { for await _ in firstWorker {} }

    private func tick() async {
        await handle(registry.withLock { $0.tick(at: .now) })
        // Repeats the order, because a worker misses it if it has not begun to read the topic.
        for heartbeat in registry.withLock({ $0.draining(heardSince: .now - .seconds(3)) }) {
            Task { await order(heartbeat) }
        }
    }

    /// Removes workers that were offline for longer than `memory` from the list and from the database.
    private func forgetOldWorkers() async {
        guard let store else { return }
        let online = registry.withLock { Set($0.workers.values.filter(\.isOnline).map(\.heartbeat.worker)) }
        do {
            let limit = Date() - memory / .seconds(1)
            let forgotten = try await store.forgetWorkers(heardBefore: limit, except: online)
            guard !forgotten.isEmpty else { return }
            registry.withLock { $0.forget(forgotten) }
            logger.info("\(forgotten.count) workers forgotten that were offline for long")
        } catch {
            logger.warning("offline workers cannot be removed from the database", metadata: [LogKey.reason: "\(error)"])
        }
    }

    /// Tells an instance to drain.
    /// - Returns: whether the cluster has the order.
    @discardableResult
    private func order(_ heartbeat: Heartbeat) async -> Bool {
        await send(
            WorkerControl(
                worker: heartbeat.worker, instance: heartbeat.instance, order: .drain,
                reason: "the master was asked to drain it"))
    }

    private func handle(_ events: [FleetRegistry.Event]) async {
        for event in events {
            switch event {
            case .cameOnline(let id):
                logger.info("worker is online", metadata: metadata(of: id))
            case .wentOffline(let id):
                logOffline(id)
                save(id)
                await reportFleet()
            case .lost(let worker):
                await observer.workerLost(worker)
            case .refused(let worker, let instance, let host, let holder):
                // In a task, because the delivery may take long and heartbeats must be read meanwhile.
                Task { await refuse(worker, instance, host: host, holder: holder) }
            }
        }
    }

    private func refuse(_ worker: String, _ instance: String, host: String, holder: String) async {
        let reason =
            "the id \(worker) belongs to a worker on host \(holder) that is online; "
            + "start this one, on host \(host), with another id"
        logger.warning(
            "worker id used by two workers; the later one is refused",
            metadata: [
                LogKey.worker: "\(worker)", LogKey.host: "\(host)", LogKey.instance: "\(instance)",
                LogKey.reason: "\(reason)",
            ])
        _ = await send(WorkerControl(worker: worker, instance: instance, order: .refuse, reason: reason))
    }

    /// - Returns: whether the cluster has the order.
    private func send(_ control: WorkerControl) async -> Bool {
        do {
            try await producer.send(
                KafkaRecord(
                    topic: topic, partition: 0, key: control.worker,
                    headers: [KafkaHeader(WorkerControl.headerName, Array(control.order.rawValue.utf8))],
                    payload: OwnedBytes(copying: control.payload)))
            return true
        } catch {
            logger.warning(
                "order '\(control.order.rawValue)' not delivered to the worker",
                metadata: [
                    LogKey.worker: "\(control.worker)", LogKey.instance: "\(control.instance)",
                    LogKey.reason: "\(error.reason)",
                ])
            return false
        }
    }

    private func logOffline(_ id: String) {
        guard let worker = registry.withLock({ $0.workers[id] }) else { return }
        if worker.heartbeat.state == .online {
            logger.notice(
                "worker lost: no heartbeat for \(FleetRegistry.patience / .seconds(1)) s; it counts as offline",
                metadata: metadata(of: id))
        } else {
            logger.info(worker.isDraining ? "worker drained" : "worker has left", metadata: metadata(of: id))
        }
    }

    private func metadata(of id: String) -> Logger.Metadata {
        let heartbeat = registry.withLock { $0.workers[id]?.heartbeat }
        return [
            LogKey.worker: "\(id)", LogKey.host: "\(heartbeat?.host ?? "")",
            LogKey.instance: "\(heartbeat?.instance ?? "")",
        ]
    }

    /// Queues a worker for the database, because heartbeats must not wait for it.
    private func save(_ id: String) {
        unsaved.withLock { _ = $0.insert(id) }
        unsavedSignal.yield()
    }

    private func saveAll() async {
        // Throws only if the master ends while this waits for another save.
        try? await saving.withPlace { await saveUnsaved() }
    }

    private func saveUnsaved() async {
        let ids = unsaved.withLock { ids in
            defer { ids = [] }
            return ids
        }
        let records = registry.withLock { registry in ids.compactMap { registry.workers[$0] } }.map { worker in
            WorkerRecord(
                workerID: worker.heartbeat.worker, status: worker.isOnline ? .online : .offline,
                lastHeartbeat: worker.date, host: worker.heartbeat.host, pid: worker.heartbeat.pid,
                slots: worker.heartbeat.slots, tilesDone: worker.heartbeat.tilesDone)
        }
        guard !records.isEmpty else { return }
        do {
            try await store?.save(records)
        } catch {
            // These workers are saved with the next heartbeat of any worker.
            unsaved.withLock { $0.formUnion(records.map(\.workerID)) }
            logger.warning("workers cannot be saved in the database", metadata: [LogKey.reason: "\(error)"])
        }
    }
}
