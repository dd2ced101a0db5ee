import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import TileCore

/// A worker's session in one cluster, from the check of its id until it leaves the group.
final class WorkerSession: Sendable {
    private let cluster: Cluster
    private let identity: WorkerIdentity
    private let faults: FaultInjection
    private let end: EndOnOrder
    private let manager: ServiceManager
    private let logger: Logger
    private let producer: KafkaProducer
    private let control: KafkaConsumer
    private let member: Member
    private let pool: NIOThreadPool
    private let progress: WorkerProgress
    private let heartbeats: HeartbeatSender
    private let telemetry: WorkerTelemetry
    private let canvases: BorrowedCanvases?
    private let idCheck: Mutex<IDCheck>
    /// Finishes once this worker's own heartbeat was echoed.
    private let ownHeartbeat = Finish()
    /// Finishes once the check of the id has a verdict.
    private let verdict = Finish()
    /// Counts the tiles that were taken and are not computed yet, plus one while the worker takes more.
    private let uncomputed = UnfinishedWork()

    /// How many earlier records of heartbeats to read: those of some seconds in a fleet of hundreds.
    private static let lookback = 1000

    init(
        cluster: Cluster, identity: WorkerIdentity, telemetry: WorkerTelemetry,
        canvases folder: CanvasFolder?, faults: FaultInjection, end: EndOnOrder, manager: ServiceManager, logger: Logger
    ) throws(KafkaError) {
        self.cluster = cluster
        self.identity = identity
        self.faults = faults
        self.end = end
        self.manager = manager
        self.logger = logger
        self.telemetry = telemetry
        progress = WorkerProgress(counters: telemetry.metrics.counters)
        pool = NIOThreadPool(numberOfThreads: identity.slots)
        let producer = try KafkaProducer(cluster.configuration, logger: logger)
        self.producer = producer
        // Orders are rare and not urgent, so fetches may wait longer and take less processor time.
        var relaxed = cluster.configuration
        relaxed["fetch.wait.max.ms"] = "500"
        let control = try KafkaConsumer(
            relaxed,
            source: .tail(Self.lookback, [KafkaPartition(topic: cluster.topics.heartbeats, partition: 0)]),
            logger: logger)
        self.control = control
        idCheck = Mutex(IDCheck(instance: identity.instance, isDead: identity.isDeadNeighbour))
        let member = Member()
        self.member = member
        let canvases = folder.flatMap { BorrowedCanvases($0) }
        if let folder, canvases == nil {
            logger.notice(
                "canvases in \(folder.path) are not lent to this worker; tiles come in records",
                metadata: [LogKey.reason: "the master runs elsewhere or as another user, or has not started yet"]
            )
        }
        self.canvases = canvases
        heartbeats = HeartbeatSender(
            producer: producer, topic: cluster.topics.heartbeats, identity: identity, progress: progress,
            lender: canvases?.lender, steps: faults.knownSteps.sorted(), isRefused: { end.refusal != nil },
            reconnects: { producer.reconnects + control.reconnects + (member.consumer?.reconnects ?? 0) },
            logger: logger)
    }

    /// The session's figures for the metrics.
    private var facts: WorkerMetrics.SessionFacts {
        let errors = [producer.errors, control.errors, member.consumer?.errors ?? [:]]
        return WorkerMetrics.SessionFacts(
            partitions: progress.partitions.count, reconnects: heartbeats.reconnects(),
            errors: errors.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) })
    }

    /// Works until a graceful shutdown, an order to end, or a refusal of the id. Then finishes the tiles that were
    /// taken and leaves the group. A cancellation ends the work, too, but drops the tiles; other workers get them.
    func run() async throws {
        pool.start()
        uncomputed.begin()
        telemetry.metrics.setSession { self.facts }
        let limit = Task { [uncomputed, producer] in
            await uncomputed.waitForNone()
            // All tiles are computed. Answers that brokers do not take within three seconds are given up.
            try await Task.sleep(for: .seconds(3))
            await producer.close(within: 0)
        }
        defer { limit.cancel() }
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                // Heartbeats go on until the last tile is done, because a worker without heartbeats counts as lost.
                group.addTask { await self.heartbeats.run() }
                if let canvases = self.canvases { group.addTask { await self.closeIdle(canvases) } }
                if self.manager.isThere { group.addTask { await self.report() } }
                try await self.workAndFollowOrders()
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        async let memberClosed: Void? = member.consumer?.close()
        async let controlClosed: Void = control.close()
        _ = await (memberClosed, controlClosed)
        if case .success = outcome { await heartbeats.send(.leaving) }
        await producer.close(within: 3)
        let facts = facts
        telemetry.metrics.setSession(nil)
        progress.counters.keep(reconnects: facts.reconnects, errors: facts.errors)
        try await pool.shutdownGracefully()
        let counts = progress.counters.now
        logger.info(
            "left the group",
            metadata: [LogKey.recordsTaken: "\(counts.recordsTaken)", LogKey.tilesDone: "\(counts.tilesDone)"])
        try outcome.get()
    }

    /// Closes idle canvases until the task is cancelled.
    private func closeIdle(_ canvases: BorrowedCanvases) async {
        while (try? await Task.sleep(for: .seconds(1))) != nil { canvases.closeIdle() }
    }

    /// Reports the status to systemd until the task is cancelled.
    private func report() async {
        repeat {
            let partitions = progress.partitions.count
            if Task.isShuttingDownGracefully {
                manager.stopping("finishing its tiles")
            } else if let problem = producer.problem {
                manager.status("waiting for the brokers \(cluster.configuration.brokers): \(problem)")
            } else if partitions > 0 || member.consumer != nil {
                manager.status("\(partitions) partitions, \(progress.counters.now.tilesDone) tiles done")
            } else {
                manager.status("joining the cluster of \(cluster.configuration.brokers)")
            }
        } while (try? await Task.sleep(for: manager.interval)) != nil
    }

    /// Works and follows orders. A graceful shutdown ends both; the work finishes the tiles that were taken.
    private func workAndFollowOrders() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.followOrders() }
            group.addTask {
                guard await self.isIDFree() else { return self.uncomputed.end() }
                try await self.work()
            }
            try await group.waitForAll()
        }
    }

    /// Waits until this worker's own heartbeat was echoed and the id is known to be free. If other workers used the id
    /// before, it is free after some seconds without their heartbeats.
    /// - Returns: false if the worker has to end.
    private func isIDFree() async -> Bool {
        let notice = Task {
            try await Task.sleep(for: .seconds(Heartbeat.patience))
            self.logger.notice(
                "first heartbeat not echoed yet; the worker joins the group once its id is known to be free")
        }
        await ownHeartbeat.wait()
        notice.cancel()
        let patience = Task {
            try await Task.sleep(for: .seconds(Heartbeat.patience))
            self.idCheck.withLock { $0.timeOut() }
            self.verdict.finish()
        }
        defer { patience.cancel() }
        await verdict.wait()
        return !Task.isShuttingDownGracefully && !Task.isCancelled && end.refusal == nil
    }

    private func work() async throws {
        let consumer: KafkaConsumer
        do {
            consumer = try join()
        } catch {
            uncomputed.end()
            throw error
        }
        let processor = TaskProcessor(
            identity: identity, topics: cluster.topics, faults: faults, producer: producer, consumer: consumer,
            pool: pool, progress: progress, heartbeats: heartbeats, uncomputed: uncomputed, canvases: canvases,
            telemetry: telemetry, logger: logger)
        // Enough records to keep every slot busy while earlier results are being delivered.
        let places = AsyncSemaphore(places: 2 * identity.slots + 1)
        await withDiscardingTaskGroup { group in
            // Called before the last results are delivered, because it starts the time limit for their delivery.
            defer { uncomputed.end() }
            while let message = await next(consumer, places) {
                progress.take(message.place)
                progress.counters.countTaken()
                uncomputed.begin()
                group.addTask {
                    let place = RecordPlace(places)
                    await processor.process(message, in: place)
                    place.giveBack()
                }
            }
        }
    }

    private func join() throws(KafkaError) -> KafkaConsumer {
        logger.info(
            "joining the group \(TopicNames.workerGroup)",
            metadata: [LogKey.brokers: "\(cluster.configuration.brokers)", LogKey.slots: "\(identity.slots)"])
        let consumer = try KafkaConsumer(
            cluster.configuration, source: .group(TopicNames.workerGroup, topics: [cluster.topics.tasks]),
            logger: logger
        ) { [progress, manager, logger] change in
            progress.rebalanced(change, logger: logger)
            // A worker without partitions is ready as well: it waits for them in the group.
            if case .assigned(let partitions) = change {
                manager.ready("in the group, \(partitions.count) partitions")
            }
        }
        member.consumer = consumer
        return consumer
    }

    /// Waits for a place, then for the next record; `nil` if the worker has to end.
    private func next(_ consumer: KafkaConsumer, _ places: AsyncSemaphore) async -> KafkaMessage? {
        if Task.isShuttingDownGracefully { return nil }
        return try? await cancelWhenGracefulShutdown { () -> KafkaMessage? in
            try await places.take()
            return await consumer.next()
        }
    }

    /// Reads orders to this instance, and heartbeats under its id, until the worker has to end.
    private func followOrders() async {
        while let message = await cancelWhenGracefulShutdown({ await self.control.next() }) {
            guard message.key == identity.id, message.header(MasterClaim.headerName) == nil else { continue }
            let payload = message.withPayload { bytes in [UInt8](copying: bytes) }
            guard message.header(WorkerControl.headerName) != nil else {
                hear(payload, at: message.timestamp ?? 0)
                continue
            }
            guard let control = try? WorkerControl(payload: payload), control.instance == identity.instance else {
                continue
            }
            switch control.order {
            case .refuse: refuse(control.reason)
            case .drain:
                logger.notice("ordered to drain", metadata: [LogKey.reason: "\(control.reason)"])
                end.drain()
            }
        }
    }

    private func hear(_ payload: [UInt8], at time: Int64) {
        guard let heartbeat = try? Heartbeat(payload: payload) else { return }
        let (hasOwn, news) = idCheck.withLock { check -> (Bool, IDCheck.Verdict?) in
            guard check.verdict == nil else { return (true, nil) }
            check.hear(heartbeat, at: time)
            return (check.hasOwn, check.verdict)
        }
        if hasOwn { ownHeartbeat.finish() }
        guard let news else { return }
        if case .taken(let host) = news {
            refuse(
                "the id \(identity.id) belongs to a worker on host \(host) that is online; start this one, on host "
                    + "\(identity.host), with another id")
        }
        verdict.finish()
    }

    private func refuse(_ reason: String) {
        logger.notice("worker id refused; finishing its tiles", metadata: [LogKey.reason: "\(reason)"])
        end.refuse(reason)
        ownHeartbeat.finish()
        verdict.finish()
    }
}

/// Holds the group's consumer once the worker has joined.
private final class Member: Sendable {
    private let state = Mutex<KafkaConsumer?>(nil)

    var consumer: KafkaConsumer? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
