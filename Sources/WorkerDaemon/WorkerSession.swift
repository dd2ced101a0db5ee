import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization
import TileCore

/// A worker in one cluster, from joining the group to leaving it.
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
    /// Finishes once this worker's own heartbeat has come back.
    private let ownHeartbeat = Finish()
    /// Finishes once the check of the id has come to a verdict.
    private let verdict = Finish()
    /// Tiles that are not computed yet, and the taking of them.
    private let inHand = InHand()

    /// Records of heartbeats to look back on: some seconds of a fleet of hundreds.
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
        // Orders are rare and may take a moment; a short fetch wait would only cost time.
        var unhurried = cluster.configuration
        unhurried["fetch.wait.max.ms"] = "500"
        let control = try KafkaConsumer(
            unhurried,
            source: .tail(Self.lookback, [KafkaPartition(topic: cluster.topics.heartbeats, partition: 0)]),
            logger: logger)
        self.control = control
        idCheck = Mutex(IDCheck(instance: identity.instance, isDead: identity.isDeadNeighbour))
        let member = Member()
        self.member = member
        let canvases = folder.flatMap { BorrowedCanvases($0) }
        if let folder, canvases == nil {
            logger.notice(
                "the canvases in \(folder.path) are not lent to this worker; tiles come in records",
                metadata: [LogKey.reason: "the master is on another machine, or of another user, or is not started yet"]
            )
        }
        self.canvases = canvases
        heartbeats = HeartbeatSender(
            producer: producer, topic: cluster.topics.heartbeats, identity: identity, progress: progress,
            lender: canvases?.lender, steps: faults.knownSteps.sorted(), isRefused: { end.refusal != nil },
            reconnects: { producer.reconnects + control.reconnects + (member.consumer?.reconnects ?? 0) },
            logger: logger)
    }

    /// What the page of figures shows of it.
    private var facts: WorkerMetrics.SessionFacts {
        let errors = [producer.errors, control.errors, member.consumer?.errors ?? [:]]
        return WorkerMetrics.SessionFacts(
            partitions: progress.partitions.count, reconnects: heartbeats.reconnects(),
            errors: errors.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) })
    }

    /// Works until graceful shutdown, cancellation, or an order to end, a refusal among them; then finishes what is in
    /// hand and leaves. A cancellation drops what is in hand if others get it again.
    func run() async throws {
        pool.start()
        inHand.begin()
        telemetry.metrics.setSession { self.facts }
        let limit = Task { [inHand, producer] in
            await inHand.waitForNone()
            // Whatever time the tiles took: from here on a record for brokers that are away does not wait for minutes.
            try await Task.sleep(for: .seconds(3))
            await producer.close(within: 0)
        }
        defer { limit.cancel() }
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                // They go on until the last tile is done: a worker that is offline counts as lost.
                group.addTask { await self.heartbeats.run() }
                if let canvases = self.canvases { group.addTask { await self.closeIdle(canvases) } }
                if self.manager.isThere { group.addTask { await self.report() } }
                try await self.workAndObey()
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
            metadata: [LogKey.tilesTaken: "\(counts.tilesTaken)", LogKey.tilesDone: "\(counts.tilesDone)"])
        try outcome.get()
    }

    /// Until the task is cancelled.
    private func closeIdle(_ canvases: BorrowedCanvases) async {
        while (try? await Task.sleep(for: .seconds(1))) != nil { canvases.closeIdle() }
    }

    /// Tells systemd how it goes, until the task is cancelled.
    private func report() async {
        repeat {
            let partitions = progress.partitions.count
            if Task.isShuttingDownGracefully {
                manager.stopping("finishing what is in hand")
            } else if let problem = producer.problem {
                manager.status("waiting for the brokers \(cluster.configuration.brokers): \(problem)")
            } else if partitions > 0 || member.consumer != nil {
                manager.status("\(partitions) partitions, \(progress.counters.now.tilesDone) tiles done")
            } else {
                manager.status("joining the cluster of \(cluster.configuration.brokers)")
            }
        } while (try? await Task.sleep(for: manager.interval)) != nil
    }

    /// At a graceful shutdown both end by themselves, the work once it has finished what is in hand.
    private func workAndObey() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.obey() }
            group.addTask {
                guard await self.isIDFree() else { return self.inHand.end() }
                try await self.work()
            }
            try await group.waitForAll()
        }
    }

    /// Waits until the id is known to be free, or nobody has contradicted for some seconds after this worker's own first
    /// heartbeat has come back; a first start waits for that one alone. False if the worker is to end.
    private func isIDFree() async -> Bool {
        let notice = Task {
            try await Task.sleep(for: .seconds(Heartbeat.patience))
            self.logger.notice(
                "the first heartbeat has not come back yet; the worker joins the group once its id is known to be free")
        }
        await ownHeartbeat.wait()
        notice.cancel()
        let patience = Task {
            try await Task.sleep(for: .seconds(Heartbeat.patience))
            self.idCheck.withLock { $0.endOfPatience() }
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
            inHand.end()
            throw error
        }
        let processor = TaskProcessor(
            identity: identity, topics: cluster.topics, faults: faults, producer: producer, consumer: consumer,
            pool: pool, progress: progress, heartbeats: heartbeats, inHand: inHand, canvases: canvases,
            telemetry: telemetry, logger: logger)
        // As many in hand as keep every slot busy while the results before are still on their way.
        let places = AsyncSemaphore(places: 2 * identity.slots + 1)
        await withDiscardingTaskGroup { group in
            // Before the last results are delivered: how long they may wait for that counts from here.
            defer { inHand.end() }
            while let message = await next(consumer, places) {
                progress.take(message.place)
                progress.counters.countTaken()
                inHand.begin()
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
            // One without partitions waits for them in the group, as it should.
            if case .assigned(let partitions) = change {
                manager.ready("in the group, \(partitions.count) partitions")
            }
        }
        member.consumer = consumer
        return consumer
    }

    /// The next record, once there is a place for it; `nil` if the worker is to end.
    private func next(_ consumer: KafkaConsumer, _ places: AsyncSemaphore) async -> KafkaMessage? {
        if Task.isShuttingDownGracefully { return nil }
        return try? await cancelWhenGracefulShutdown { () -> KafkaMessage? in
            try await places.take()
            return await consumer.next()
        }
    }

    /// Listens for orders to this instance, and for others under its id, until the worker is to end.
    private func obey() async {
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
                    + "\(identity.host), with an id of its own")
        }
        verdict.finish()
    }

    private func refuse(_ reason: String) {
        logger.notice("refused; finishing what is in hand", metadata: [LogKey.reason: "\(reason)"])
        end.refuse(reason)
        ownHeartbeat.finish()
        verdict.finish()
    }
}

/// The member of the group, once it has joined.
private final class Member: Sendable {
    private let state = Mutex<KafkaConsumer?>(nil)

    var consumer: KafkaConsumer? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
