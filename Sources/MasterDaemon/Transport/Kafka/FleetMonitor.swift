import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import TileCore

/// Hears the heartbeats, tells the dispatcher and the database who is online, and refuses a second owner of an id.
final class FleetMonitor: Service, Fleet {
    private let consumer: KafkaConsumer
    private let producer: KafkaProducer
    private let topic: String
    private let observer: any FleetObserver
    private let deadLetters: DeadLetterSender
    /// Where workers are noted; `nil` if nobody asks for them later.
    private let store: Store?
    private let memory: Duration
    /// Told who can open the canvases.
    private let lending: CanvasLending?
    /// Times that the master's own clients had to connect again.
    private let reconnects: @Sendable () -> Int
    private let logger: Logger
    private let registry = Mutex(FleetRegistry())
    /// Ends once some worker has partitions.
    private let firstTaker: AsyncStream<Never>
    private let firstTakerIsHere: AsyncStream<Never>.Continuation
    private let hasTaker = Atomic(false)
    /// Between two looks for old workers.
    private static let forgetInterval = Duration.seconds(60)
    /// Workers of which the database does not know the newest.
    private let unsaved = Mutex<Set<String>>([])
    /// One at a time notes workers in the database, or has it forget one.
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
        (firstTaker, firstTakerIsHere) = AsyncStream.makeStream()
        (unsavedSignals, unsavedSignal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Everyone heard of since the master's start and not forgotten, by id.
    var workers: [WorkerState] {
        registry.withLock { $0.workers.values.map(\.state).sorted { $0.heartbeat.worker < $1.heartbeat.worker } }
    }

    var onlineCount: Int { registry.withLock { $0.view.online } }

    var counts: TransportCounts {
        let troubles = registry.withLock { $0.troubles }
        return TransportCounts(
            rebalances: troubles.rebalances, reconnects: troubles.reconnects + reconnects(),
            deadLetters: troubles.deadLetters + deadLetters.delivered, deadLettersLost: deadLetters.lost)
    }

    /// Tells a worker to finish what it has in hand and to end; again, if it was told before.
    /// - Returns: `false` if it is not online.
    func drain(_ id: String) -> Bool {
        guard let heartbeat = registry.withLock({ $0.drain(id) }) else { return false }
        logger.notice("telling a worker to finish and to end", metadata: metadata(of: id))
        store?.changes.note(worker: id)
        // Whoever asks does not wait for a cluster that is away.
        Task {
            guard await !order(heartbeat) else { return }
            registry.withLock { $0.forgetDrain(of: id, instance: heartbeat.instance) }
            store?.changes.note(worker: id)
        }
        return true
    }

    /// Takes an offline worker off the list, here and in the database.
    /// - Returns: `false` if it is online.
    func forget(_ id: String) async throws -> Bool {
        // What the database is told of it before comes first.
        try await saving.withPlace {
            guard registry.withLock({ $0.forget(id) }) else { return false }
            unsaved.withLock { _ = $0.remove(id) }
            try await store?.forgetWorker(id)
            logger.notice("an offline worker is forgotten", metadata: [LogKey.worker: "\(id)"])
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
                        self.registry.withLock { $0.beginAnew(at: .now) }
                    }
                    last = .now
                    await self.tick()
                }
            }
            group.addTask {
                repeat {
                    await self.forgetOld()
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
        await tellOfFleet()
    }

    private func tellOfFleet() async {
        let view = registry.withLock { registry in
            let view = registry.view
            if let lending { lending.setBorrowers(registry.borrowers(of: lending.lender, in: view)) }
            return view
        }
        await observer.setFleet(view)
        guard !view.owners.isEmpty, !hasTaker.exchange(true, ordering: .relaxed) else { return }
        firstTakerIsHere.finish()
    }

    var takesTiles: Bool { hasTaker.load(ordering: .relaxed) }

    func untilWorkersTakeTiles() async { for await _ in firstTaker {} }

    private func tick() async {
        await handle(registry.withLock { $0.tick(at: .now) })
        // An order that came while its worker found its place on the topic was not heard.
        for heartbeat in registry.withLock({ $0.draining(heardSince: .now - .seconds(3)) }) {
            Task { await order(heartbeat) }
        }
    }

    /// Forgets those who have been offline for long, here and in the database.
    private func forgetOld() async {
        guard let store else { return }
        let online = registry.withLock { Set($0.workers.values.filter(\.isOnline).map(\.heartbeat.worker)) }
        do {
            let limit = Date() - memory / .seconds(1)
            let forgotten = try await store.forgetWorkers(heardBefore: limit, except: online)
            guard !forgotten.isEmpty else { return }
            registry.withLock { $0.forget(forgotten) }
            logger.info("\(forgotten.count) workers that were offline for long are forgotten")
        } catch {
            logger.warning("old workers cannot be forgotten", metadata: [LogKey.reason: "\(error)"])
        }
    }

    /// Tells an instance to end. Returns whether the cluster has the order.
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
                logger.info("a worker is online", metadata: metadata(of: id))
            case .wentOffline(let id):
                logFarewell(id)
                save(id)
                await tellOfFleet()
            case .lost(let worker):
                await observer.workerLost(worker)
            case .refused(let worker, let instance, let host, let holder):
                // Heartbeats are read on meanwhile: the delivery can take as long as the cluster likes.
                Task { await refuse(worker, instance, host: host, holder: holder) }
            }
        }
    }

    private func refuse(_ worker: String, _ instance: String, host: String, holder: String) async {
        let reason =
            "the id \(worker) belongs to a worker on host \(holder) that is online; "
            + "start this one, on host \(host), with an id of its own"
        logger.warning(
            "two workers have one id; refusing the later",
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
                "the order '\(control.order.rawValue)' was not delivered",
                metadata: [
                    LogKey.worker: "\(control.worker)", LogKey.instance: "\(control.instance)",
                    LogKey.reason: "\(error.reason)",
                ])
            return false
        }
    }

    private func logFarewell(_ id: String) {
        guard let worker = registry.withLock({ $0.workers[id] }) else { return }
        if worker.heartbeat.state == .online {
            logger.notice(
                "worker lost: no heartbeat for \(FleetRegistry.patience / .seconds(1)) s; it counts as offline",
                metadata: metadata(of: id))
        } else {
            logger.info(worker.isDraining ? "a worker was drained" : "a worker has left", metadata: metadata(of: id))
        }
    }

    private func metadata(of id: String) -> Logger.Metadata {
        let heartbeat = registry.withLock { $0.workers[id]?.heartbeat }
        return [
            LogKey.worker: "\(id)", LogKey.host: "\(heartbeat?.host ?? "")",
            LogKey.instance: "\(heartbeat?.instance ?? "")",
        ]
    }

    /// Has a worker noted in the database. That may take its time; heartbeats do not wait for it.
    private func save(_ id: String) {
        unsaved.withLock { _ = $0.insert(id) }
        unsavedSignal.yield()
    }

    private func saveAll() async {
        // A master that ends waits for no turn.
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
            // With the next heartbeat of anyone.
            unsaved.withLock { $0.formUnion(records.map(\.workerID)) }
            logger.warning("workers cannot be noted", metadata: [LogKey.reason: "\(error)"])
        }
    }
}
