import TileCore

/// Builds the views of the API and the live channel from the database, the dispatcher and the transport.
struct ViewMaker: Sendable {
    let service: JobService
    let fleet: any Fleet
    let health: any TransportHealth
    private let stages: StageMeter
    /// Whether the master starts workers of its own, which may not be online yet.
    private let awaitsWorkers: Bool
    private let start = ContinuousClock.now

    init(
        service: JobService, fleet: any Fleet, health: any TransportHealth, stages: StageMeter = StageMeter(),
        awaitsWorkers: Bool = false
    ) {
        self.service = service
        self.fleet = fleet
        self.health = health
        self.stages = stages
        self.awaitsWorkers = awaitsWorkers
    }

    /// Why no job can run at the moment; `nil` if jobs can run.
    func reasonNotReady() async -> String? {
        if let reason = await health.reasonNotReady() { return reason }
        return awaitsWorkers && !fleet.takesTiles ? "none of the master's own workers can take tiles yet" : nil
    }

    func job(_ job: JobRecord) async -> JobView { await jobs([job])[0] }

    func jobs(_ jobs: [JobRecord]) async -> [JobView] {
        let ids = jobs.map(\.jobID)
        let rates = await service.dispatcher.rates(of: ids)
        let reasons = await service.waitReasons(of: ids)
        let online = fleet.onlineCount
        // Takes precedence over "no worker is online", because without the cluster all workers count as offline.
        let cluster = health.problem.map { "waiting for the cluster: \($0)" }
        let support = stepSupport
        return jobs.map { job in
            JobView(
                job, rate: rates[job.jobID], workersOnline: online,
                obstacle: reasons[job.jobID] ?? cluster ?? support.obstacle(to: job))
        }
    }

    /// The steps that online workers support.
    var stepSupport: StepSupport { StepSupport(fleet.workers) }

    /// The tiles of the current pass, or of the last one if the job is complete.
    func tiles(_ job: JobRecord) async throws -> TileMapView {
        let plan = try job.plan()
        let shown = min(job.pass, plan.passes.count - 1)
        let inFlight = await service.dispatcher.tilesInFlight(PassID(job: job.jobID, number: shown))
        return TileMapView(
            job, plan, shown: shown, tiles: try await service.store.tiles(job.jobID, pass: shown),
            inFlight: inFlight ?? [])
    }

    /// All known workers, by id.
    func workers() async throws -> [WorkerView] {
        let live = Dictionary(uniqueKeysWithValues: fleet.workers.map { ($0.heartbeat.worker, $0) })
        return try await service.store.workers().map { WorkerView($0, live: live[$0.workerID]) }
    }

    func worker(_ id: String) async throws -> WorkerView {
        guard let worker = try await workers().first(where: { $0.workerID == id }) else {
            throw ServiceError(.notFound, "there is no worker '\(id.prefix(WorkerID.maximumLength))'")
        }
        return worker
    }

    func statistics() async throws -> StatisticsView {
        let jobs = try await service.store.jobCounts()
        let stored = try await service.store.storedBytes()
        let counts = await service.dispatcher.statistics
        let queue = await service.dispatcher.queue
        let online = fleet.workers.filter(\.isOnline)
        let transport = fleet.counts
        return StatisticsView(
            jobs: Dictionary(uniqueKeysWithValues: JobStatus.allCases.map { ($0.rawValue, jobs[$0] ?? 0) }),
            tiles: StatisticsView.Tiles(
                sent: counts.sent, completed: counts.completed.total, reissued: counts.resent,
                retried: counts.retries, backups: counts.speculative, sendFailures: counts.sendFailures,
                givenUp: counts.failures,
                perSecond: (await service.dispatcher.rate * 100).rounded() / 100),
            queue: StatisticsView.Queue(
                activeJobs: queue.activeJobs, waitingTiles: queue.waiting, tilesInFlight: queue.inFlight,
                windowTiles: queue.windowTiles, bytesInFlight: queue.outstandingBytes),
            workers: StatisticsView.Workers(
                online: online.count, slots: online.reduce(0) { $0 + $1.heartbeat.slots }, lost: counts.lostWorkers),
            kafka: StatisticsView.Kafka(
                partitions: await service.dispatcher.partitionCount, rebalances: transport.rebalances,
                reconnects: transport.reconnects),
            storage: StatisticsView.Storage(sourceBytes: stored.sources, resultBytes: stored.results),
            stages: Dictionary(
                uniqueKeysWithValues: StageMeter.Stage.allCases.map {
                    ($0.rawValue, StatisticsView.Stage(stages[$0]))
                }),
            droppedResults: Dictionary(
                uniqueKeysWithValues: Scheduler.Drop.allCases.map { ($0.rawValue, counts.drops[$0] ?? 0) }),
            deadLetters: transport.deadLetters, deadLettersLost: transport.deadLettersLost,
            uptimeSeconds: (ContinuousClock.now - start) / .seconds(1))
    }
}
