import Logging
import ServiceLifecycle
import TileCore
import Tracing

/// Owns the `Scheduler` and executes its decisions: sends tiles, completes passes, resends late tiles.
actor Dispatcher: Service, FleetObserver {
    /// A pass under way.
    struct ActivePass {
        let order: PassOrder
        /// Distinguishes this pass from the same pass of an earlier run.
        let ticket: Int
        var watermark: RowWatermark
        let done: CheckedContinuation<Void, any Error>
    }

    private let transport: any TileTransport
    private let log: any TileLog
    private let stages: StageMeter
    private let dispatchLog: DispatchLog
    let clock = ContinuousClock()
    private(set) var scheduler: Scheduler
    private(set) var active: [PassID: ActivePass] = [:]
    private var lastTicket = 0
    private var lastTick = ContinuousClock.now
    private var onlineWorkers = 0
    /// When the last result came at a time at which no worker was online by its heartbeats.
    private var lastUnseen: ContinuousClock.Instant?
    private(set) var statistics = DispatchStatistics()
    /// The rate of completed tiles of each running job, over all of its passes.
    private(set) var jobRates: [JobID: EventRate] = [:]
    private var spans: TileSpans

    init(
        partitions: Int, limits: Scheduler.Limits = Scheduler.Limits(), transport: any TileTransport,
        log: any TileLog, stages: StageMeter = StageMeter(), tracer: any Tracer = NoOpTracer(), logger: Logger
    ) {
        spans = TileSpans(tracer)
        scheduler = Scheduler(partitions: partitions, limits: limits)
        self.transport = transport
        self.log = log
        self.stages = stages
        dispatchLog = DispatchLog(logger: logger)
    }

    /// Looks for late tiles several times a second.
    func run() async throws {
        while (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: .milliseconds(250)) })) != nil {
            tick()
        }
    }

    /// Executes a pass. Sends each missing tile as soon as its rows of the source are complete and its rows of the target
    /// are writable. Returns once all tiles are in the target. Meanwhile reports complete rows of the target, and releases
    /// rows of the source that no tile needs any more.
    ///
    /// A job has one run at a time. A newer run ends the passes of an older one. An older run gets a `CancellationError`.
    /// - Parameter missing: the tiles to do, in order.
    /// - Throws: `JobFailure` if a tile fails permanently, `CancellationError` if the task is cancelled or the job has a
    ///   newer run, and the source's error if the source fails. The target fails with the same error.
    func run(_ order: PassOrder, missing: [Int]) async throws {
        do {
            let (rows, writable) = (order.source.rows, order.target.writableRows)
            let followingSource = Task { try await followSource(order, from: rows) }
            let followingTarget = Task { try await followTarget(order, from: writable) }
            defer {
                followingSource.cancel()
                followingTarget.cancel()
            }
            try await perform(order, missing: missing)
        } catch {
            order.target.fail(error)
            throw error
        }
    }

    private func perform(_ order: PassOrder, missing: [Int]) async throws {
        let watermark = RowWatermark(order.geometry.grid, missing: missing)
        order.target.complete(rows: watermark.rows)
        guard !missing.isEmpty else { return }
        lastTicket += 1
        let ticket = lastTicket
        try await withTaskCancellationHandler {
            try Task.checkCancellation()
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let others = active.values.filter { $0.order.run.job == order.run.job }
                guard active[order.id]?.order.run != order.run,
                    others.allSatisfy({ $0.order.run.generation <= order.run.generation })
                else { return continuation.resume(throwing: CancellationError()) }
                for other in others where other.order.run != order.run {
                    end(other.order.id, .failure(CancellationError()))
                }
                active[order.id] = ActivePass(order: order, ticket: ticket, watermark: watermark, done: continuation)
                scheduler.begin(
                    order.id, geometry: order.geometry, steps: order.pipeline.stepNames,
                    lending: lending(order), missing: missing, rows: order.source.rows,
                    writableRows: order.target.writableRows)
                pump()
            }
        } onCancel: {
            Task { await self.cancel(order.id, ticket) }
        }
    }

    /// If steps are not exact, a tile's pixels depend on what is computed with it. Two attempts of such a tile have to write
    /// the same bytes, so each has to compute it alone.
    private func lending(_ order: PassOrder) -> PassProgress.Lending {
        guard transport.canLend(order) else { return .none }
        return order.pipeline.isExact ? .inGroups : .singly
    }

    /// Tells the scheduler how many rows of the source are complete.
    private func followSource(_ order: PassOrder, from rows: Int) async throws {
        var rows = rows
        do {
            while rows < order.source.height {
                rows = try await order.source.rows(beyond: rows)
                guard !order.ended.isSet else { return }
                scheduler.setRows(rows, of: order.id)
                pump()
            }
        } catch {
            guard active[order.id]?.order.run == order.run else { return }
            end(order.id, .failure(error))
        }
    }

    /// Tells the scheduler how many rows of the target are writable. Throws only if the pass itself has failed, or the
    /// task is cancelled.
    private func followTarget(_ order: PassOrder, from writable: Int) async throws {
        var writable = writable
        while writable < order.target.height {
            writable = try await order.target.writableRows(beyond: writable)
            guard !order.ended.isSet else { return }
            scheduler.setWritableRows(writable, of: order.id)
            pump()
        }
    }

    /// Decides what the collector does with each tile of a result.
    func receive(_ result: TileResult) -> [(result: TileResult, receipt: Receipt)] {
        scoped(result.tile) {
            if let loan = result.loan, let order = active[PassID(of: result.tile)]?.order, order.loan != loan.id {
                return [(result, drop(scheduler.dropOtherCanvas(result), result))]
            }
            guard let results = scheduler.split(result) else { return [(result, drop(.drop(.wrongPixels), result))] }
            return results.map { ($0, take($0, kernel: .milliseconds(result.milliseconds))) }
        }
    }

    /// Runs `body` in the context of the tile's job, so that its log lines name the job's request.
    private func scoped<R>(_ tile: TileID, _ body: () -> R) -> R {
        ServiceContext.withValue(active[PassID(of: tile)]?.order.scope, operation: body)
    }

    /// - Parameter kernel: how long the worker computed all tiles of the record.
    private func take(_ result: TileResult, kernel: Duration) -> Receipt {
        if onlineWorkers == 0 { lastUnseen = clock.now }
        let now = clock.now
        let decision = scheduler.decision(on: result.tile, attempt: result.attempt)
        let verdict = scheduler.receive(result, now: now)
        switch verdict {
        case .write(let region):
            // Every pass of the scheduler is also in `active`.
            guard let order = active[PassID(of: result.tile)]?.order else { break }
            spans.note(result)
            if let decision {
                stages.add(
                    .transport,
                    bytes: order.geometry.bytes(result.tile.index)
                        + PixelBuffer.byteCount(size: region.size, format: order.geometry.output),
                    wall: max(.zero, now - decision - kernel))
            }
            return .write(order, region)
        case .drop: return drop(verdict, result)
        case .sendPixels:
            spans.end(result.tile, attempt: result.attempt, "unreachable")
            dispatchLog.sendingPixels(result, metadata(of: result.tile))
        case .resend:
            statistics.retries += 1
            noteFailure(result)
            spans.end(result.tile, attempt: result.attempt, "failed")
            dispatchLog.couldNotDo(result, metadata(of: result.tile))
        case .fail(let reason):
            noteFailure(result)
            fail(result.tile, reason)
        }
        pump()
        return .none
    }

    private func drop(_ verdict: Scheduler.Verdict, _ result: TileResult) -> Receipt {
        guard case .drop(let reason) = verdict else { return .none }
        spans.end(result.tile, attempt: result.attempt, "dropped: \(reason.rawValue)")
        statistics.drops[reason, default: 0] += 1
        return .drop(reason)
    }

    /// Notes that the pixels of a pass's tiles are in the target.
    func finish(_ tiles: [TileID], of run: JobMachine.Run) {
        for _ in tiles { statistics.completed.add(at: clock.now) }
        guard let pass = tiles.first.map(PassID.init(of:)), let order = active[pass]?.order, order.run == run else {
            return
        }
        var isComplete = false
        for tile in tiles {
            jobRates[tile.job, default: EventRate()].add(at: clock.now)
            spans.finish(tile)
            active[pass]?.watermark.complete(tile.index)
            isComplete = scheduler.finish(tile)
        }
        if let rows = active[pass]?.watermark.rows {
            order.target.complete(rows: rows)
            order.source.release(rows: order.geometry.rowsDone(completing: rows))
        }
        if isComplete { end(pass, .success(())) }
        pump()
    }

    /// Notes that both topics of tiles have grown to `count` partitions.
    func setPartitions(_ count: Int) {
        scheduler.grow(toPartitions: count)
        pump()
    }

    func workerLost(_ worker: LostWorker) {
        statistics.lostWorkers += 1
        let lateness = scheduler.lose(worker)
        handle(lateness, .workerLost, of: worker.id)
        pump()
    }

    /// Sets the workers online with their slots and partitions.
    func setFleet(_ fleet: FleetView) {
        onlineWorkers = fleet.online
        scheduler.setFleet(
            slots: fleet.slots, owners: fleet.owners, steps: fleet.steps, borrowers: fleet.borrowers)
        pump()
    }

    /// Forgets the rate of a job whose run has ended.
    func forgetRate(_ job: JobID) { jobRates[job] = nil }

    private func pump() {
        while let dispatch = scheduler.next(now: clock.now) {
            guard let pass = active[PassID(of: dispatch.tile)] else { continue }
            // The current task may work for another job.
            let context = spans.begin(dispatch, of: pass.order)
            ServiceContext.withValue(context) { beginSending(dispatch, pass) }
        }
    }

    private func beginSending(_ dispatch: Scheduler.Dispatch, _ pass: ActivePass) {
        statistics.sent += dispatch.count
        if dispatch.isSpeculative { statistics.speculative += 1 }
        dispatchLog.begin(dispatch, metadata(of: dispatch.tile))
        let changes = dispatch.singles.map {
            TileChange(tile: $0.tile, generation: pass.order.run.generation, status: .processing)
        }
        log.append(changes, then: nil)
        Task { await send(dispatch, pass) }
    }

    private func send(_ dispatch: Scheduler.Dispatch, _ pass: ActivePass) async {
        do {
            try await transport.send(dispatch, of: pass.order)
            if active[PassID(of: dispatch.tile)]?.ticket == pass.ticket {
                scheduler.handOver(dispatch, now: clock.now)
            }
        } catch {
            // The job may have been cancelled and retried meanwhile. The new run has tiles of the same ids.
            let isCurrent = active[PassID(of: dispatch.tile)]?.ticket == pass.ticket
            scheduler.sendFailed(dispatch, isCurrent: isCurrent)
            dispatchLog.notSent(dispatch, metadata(of: dispatch.tile), error.reason, isCurrent: isCurrent)
            guard isCurrent else { return }
            statistics.sendFailures += dispatch.count
            spans.end(dispatch.tile, attempt: dispatch.attempt, "not sent: \(error.reason)")
            if error.isFinal { return fail(dispatch.tile, error.reason) }
            // The next tick resends it. A retry at once would ask an unreachable broker in a tight loop.
        }
    }

    private func tick() {
        // If this process itself was stopped for a while, no tile is late, because the answers are still unread.
        let wasStopped = clock.now - lastTick > .seconds(2)
        lastTick = clock.now
        let lateness = scheduler.tick(now: clock.now, answering: wasStopped ? .no : answering)
        handle(lateness, .attemptLate)
        pump()
    }

    /// Whether a worker can answer. A worker that sends no heartbeats is known only by its results.
    private var answering: Scheduler.Answering {
        if onlineWorkers > 0 { return .yes }
        guard let lastUnseen else { return .no }
        let silence = clock.now - lastUnseen
        return silence < .seconds(10) ? .yes : silence < .seconds(600) ? .perhaps : .no
    }

    /// - Parameter worker: the lost worker; `nil` if tiles are late.
    private func handle(
        _ lateness: Scheduler.Lateness, _ kind: JobEventRecord.Kind, of worker: String? = nil
    ) {
        for tile in lateness.resend + lateness.givenUp.keys {
            let attempt = scheduler.lastAttempt(at: tile)
            log.append(AttemptEnd(tile: tile, kind: kind, attempt: attempt?.number, worker: worker ?? attempt?.worker))
        }
        for tile in lateness.resend {
            statistics.resent += 1
            spans.end(tile, "resent")
            scoped(tile) { dispatchLog.resending(metadata(of: tile), worker) }
        }
        for (tile, reason) in lateness.givenUp { fail(tile, reason) }
    }

    private func noteFailure(_ result: TileResult) {
        guard case .failure(let reason) = result.outcome else { return }
        log.append(
            AttemptEnd(
                tile: result.tile, kind: .attemptFailed, attempt: result.attempt, worker: result.worker, reason: reason)
        )
    }

    /// The tile's name for a log line, with row and column if its pass is under way.
    private func metadata(of tile: TileID) -> Logger.Metadata {
        active[PassID(of: tile)].map { TileName(tile, in: $0.order.geometry.grid).logMetadata } ?? tile.logMetadata
    }

    private func fail(_ tile: TileID, _ reason: String) {
        statistics.failures += 1
        spans.end(tile, "failed permanently: \(reason)")
        scoped(tile) { dispatchLog.failed(metadata(of: tile), reason) }
        let pass = PassID(of: tile)
        if let run = active[pass]?.order.run {
            log.append(TileChange(tile: tile, generation: run.generation, status: .failed), then: nil)
        }
        end(pass, .failure(JobFailure(reason: reason)))
    }

    private func cancel(_ pass: PassID, _ ticket: Int) {
        guard active[pass]?.ticket == ticket else { return }
        end(pass, .failure(CancellationError()))
    }

    private func end(_ id: PassID, _ result: Result<Void, any Error>) {
        guard let pass = active.removeValue(forKey: id) else { return }
        scheduler.end(id)
        spans.end(id)
        pass.order.ended.set()
        pass.done.resume(with: result)
    }
}
