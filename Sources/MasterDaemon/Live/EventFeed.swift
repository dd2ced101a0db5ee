import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import TileCore

/// Sends changes to every client of the live channel.
///
/// Ten times a second it takes the changes from the database's change log, encodes each once, and queues it for all
/// clients. So a job is reported at most ten times a second, and each further client costs only a pointer in its queue. New
/// clients get a snapshot at the end of the next round. It is read after that round has taken its changes, so no change is
/// lost between the snapshot and the changes after it.
actor EventFeed: Service {
    private static let interval = Duration.milliseconds(100)
    /// How often rates and remaining times are sent. They change without a write to the database.
    private static let rateInterval = Duration.seconds(1)
    /// A message is sent at least this often, because scripts in browsers do not see pings.
    private static let longestSilence = Duration.seconds(10)
    /// The maximum number of unfinished jobs in a snapshot. Finished jobs are added up to a total of `jobs`.
    private static let unfinishedJobs = 200
    private static let jobs = 50

    private let views: ViewMaker
    private let version: String
    private let store: Store
    private let logger: Logger
    private let clock = ContinuousClock()
    private var clients: [ObjectIdentifier: EventSubscription] = [:]
    private var joining: [ObjectIdentifier: EventSubscription] = [:]
    /// The state on which the messages of waiting jobs depend, as of the last round.
    private var lastWaits: (hasWorkers: Bool, clusterProblem: String?, steps: StepSupport) =
        (false, nil, StepSupport([]))
    /// The last statistics that were sent, without the uptime.
    private var lastStatistics = Data()
    private var lastStatisticsTime: ContinuousClock.Instant = .now
    private var ratesDue: ContinuousClock.Instant = .now
    private var isFailing = false
    /// The errors of single messages that were already logged.
    private var noted = FirstOccurrences(capacity: 1000)
    private var hasEnded = false

    /// - Parameter version: the version of the pages, so that a page can tell whether it is outdated.
    init(views: ViewMaker, version: String, logger: Logger) {
        self.views = views
        self.version = version
        store = views.service.store
        self.logger = logger
    }

    /// Adds a client. It gets its snapshot in the next round.
    func join(_ client: EventSubscription) {
        if let job = client.job { store.changes.watch(job) }
        guard !hasEnded else { return client.finish(.masterEnds) }
        joining[ObjectIdentifier(client)] = client
    }

    func leave(_ client: EventSubscription) {
        if let job = client.job { store.changes.unwatch(job) }
        joining[ObjectIdentifier(client)] = nil
        clients[ObjectIdentifier(client)] = nil
    }

    func run() async throws {
        while (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: Self.interval) })) != nil {
            do {
                try await round()
                isFailing = false
            } catch {
                if !isFailing {
                    logger.error("the live channel cannot read the database", metadata: [LogKey.reason: "\(error)"])
                }
                isFailing = true
                // The clients reconnect, and begin with a snapshot.
                finishAll(.internalError)
            }
        }
        hasEnded = true
        finishAll(.masterEnds)
    }

    private func finishAll(_ ending: EventSubscription.Ending) {
        for client in clients.values { client.finish(ending) }
        for client in joining.values { client.finish(ending) }
    }

    private func round() async throws {
        let changes = store.changes.take()
        let newcomers = Array(joining.values)
        guard !clients.isEmpty || !newcomers.isEmpty else { return }
        let listeners = Array(clients.values)
        if !listeners.isEmpty {
            try await sendJobs(changes, listeners)
            try await sendWorkers(changes, listeners)
        }
        try await sendStatistics(listeners)
        try await sendSnapshots(newcomers + listeners.filter { $0.job.map(changes.reset.contains) ?? false })
        for client in newcomers where joining.removeValue(forKey: ObjectIdentifier(client)) != nil {
            clients[ObjectIdentifier(client)] = client
        }
    }

    private func sendJobs(_ changes: ChangeLog.Changes, _ listeners: [EventSubscription]) async throws {
        var changed = changes.jobs
        let followed = Set(listeners.compactMap(\.job))
        let now = clock.now
        // The rate of a running job and the message of a waiting one change without a write to the database.
        let waits = (
            hasWorkers: views.fleet.onlineCount > 0, clusterProblem: views.health.problem, steps: views.stepSupport
        )
        if now >= ratesDue || waits != lastWaits {
            ratesDue = now + Self.rateInterval
            let concerned = waits != lastWaits ? JobStatus.unfinished : [.processing]
            changed.formUnion(try await store.jobs(statuses: concerned, limit: Self.unfinishedJobs).map(\.jobID))
            changed.formUnion(followed)
            lastWaits = waits
        }
        let isAllFollowed = listeners.contains { $0.job == nil }
        let records = try await store.jobs(changed.filter { isAllFollowed || followed.contains($0) })
        let jobs = await views.jobs(records)
        let owners = Dictionary(uniqueKeysWithValues: records.map { ($0.jobID, $0.owner) })
        // A client must hear of a job's last tile before it hears that the job is completed. So tiles are sent first,
        // including those that were done while the jobs were read.
        for (pass, tiles) in Self.byPass(changes.tiles + store.changes.takeTiles()) {
            let message = EventMessage.tiles(.init(jobID: pass.job, pass: pass.pass + 1, tiles: tiles))
            guard let encoded = encoded(message) else { continue }
            for client in listeners
            where client.job == pass.job && client.concerns(pass.job, of: owners[pass.job] ?? nil) {
                client.send(encoded)
            }
        }
        for job in jobs { send(.job(job), to: listeners.filter { $0.concerns(job.jobID, of: job.owner) }) }
        for (id, owner) in changes.deleted {
            send(.jobDeleted(id), to: listeners.filter { $0.concerns(id, of: owner) })
        }
    }

    private func sendWorkers(_ changes: ChangeLog.Changes, _ listeners: [EventSubscription]) async throws {
        guard !changes.workers.isEmpty else { return }
        var forgotten = changes.workers
        for worker in try await views.workers() where changes.workers.contains(worker.workerID) {
            forgotten.remove(worker.workerID)
            send(.worker(worker), to: listeners)
        }
        for id in forgotten.sorted() { send(.workerForgotten(id), to: listeners) }
    }

    private func sendStatistics(_ listeners: [EventSubscription]) async throws {
        let silence = clock.now - lastStatisticsTime
        guard !listeners.isEmpty, silence >= Self.rateInterval else { return }
        var statistics = try await views.statistics()
        guard let message = encoded(.statistics(statistics)) else { return }
        statistics.uptimeSeconds = 0
        let content = try JSONBody.encoded(statistics)
        guard content != lastStatistics || silence >= Self.longestSilence else { return }
        lastStatistics = content
        lastStatisticsTime = clock.now
        listeners.forEach { $0.send(message) }
    }

    /// Sends snapshots. Clients with the same `View` share one.
    private func sendSnapshots(_ clients: [EventSubscription]) async throws {
        guard !clients.isEmpty else { return }
        let workers = try await views.workers()
        let statistics = try await views.statistics()
        for (view, group) in Dictionary(grouping: clients, by: { View(job: $0.job, onlyOwner: $0.onlyOwner) }) {
            let job = view.job
            do {
                let records = try await records(view)
                let tiles = job != nil && !records.isEmpty ? try await views.tiles(records[0]) : nil
                let snapshot = EventMessage.Snapshot(
                    version: version, jobs: await views.jobs(records), workers: workers, statistics: statistics,
                    tiles: tiles)
                let message = ByteBuffer(bytes: try JSONBody.encoded(EventMessage.snapshot(snapshot)))
                group.forEach { $0.send(message) }
            } catch {
                // A job that cannot be shown ends only the channels of its followers.
                note(error, "a snapshot for the live channel cannot be made", about: job)
                group.forEach { $0.finish(.internalError) }
            }
        }
    }

    /// What a client follows and may see.
    private struct View: Hashable {
        let job: JobID?
        let onlyOwner: String?
    }

    private func records(_ view: View) async throws -> [JobRecord] {
        if let job = view.job {
            return try await store.jobs([job]).filter { view.onlyOwner == nil || $0.owner == view.onlyOwner }
        }
        let unfinished = try await store.unfinishedJobs(owner: view.onlyOwner, limit: Self.unfinishedJobs)
        let finished = try await store.jobs(
            statuses: JobStatus.finished, owner: view.onlyOwner, limit: max(0, Self.jobs - unfinished.count))
        return (unfinished + finished).sorted { $0.jobID.rawValue > $1.jobID.rawValue }
    }

    private func send(_ message: EventMessage, to listeners: [EventSubscription]) {
        guard !listeners.isEmpty, let encoded = encoded(message) else { return }
        for client in listeners { client.send(encoded) }
    }

    /// The last change of each tile, grouped by pass, in the order of the passes.
    private static func byPass(_ changes: [TileChange]) -> [(pass: Pass, tiles: [EventMessage.Tiles.Tile])] {
        Dictionary(grouping: changes) { Pass(job: $0.tile.job, pass: $0.tile.pass) }
            .mapValues { changes in
                let last = Dictionary(changes.map { ($0.tile.index, $0) }) { earlier, later in
                    // As in the database, a completed tile stays completed.
                    earlier.status == .completed ? earlier : later
                }
                return last.sorted { $0.key < $1.key }.map { EventMessage.Tiles.Tile($0.value) }
            }
            .sorted { $0.key.pass < $1.key.pass }
            .map { (pass: $0.key, tiles: $0.value) }
    }

    private struct Pass: Hashable {
        let job: JobID
        let pass: Int
    }

    /// Encodes a message. Returns `nil` if that fails. Only this message is left out, so that one bad value does not end
    /// all channels.
    private func encoded(_ message: EventMessage) -> ByteBuffer? {
        do {
            return ByteBuffer(bytes: try JSONBody.encoded(message))
        } catch {
            note(error, "a message of the live channel cannot be encoded")
            return nil
        }
    }

    /// Logs the error of a single message, once for each kind and job.
    private func note(_ error: any Error, _ what: String, about job: JobID? = nil) {
        guard noted.isFirst("\(what) \(job?.rawValue ?? "")") else { return }
        var metadata: Logger.Metadata = [LogKey.reason: "\(error)"]
        if let job { metadata[LogKey.job] = "\(job)" }
        logger.error("\(what)", metadata: metadata)
    }
}
