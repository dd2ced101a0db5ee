import Foundation
import TileCore

/// Knows from heartbeats which workers are online. Does no I/O.
///
/// An id belongs to the first instance that uses it. Another instance takes it over if the first one sends no more
/// heartbeats, for example after a crash and a restart. If both send heartbeats, the second one is refused.
struct FleetRegistry: Sendable {
    /// A worker is offline after this time without a heartbeat.
    static let patience = Duration.seconds(Heartbeat.patience)
    /// Offline workers are forgotten after this time, because fleets that scale give each new worker a new id.
    static let memory = Duration.seconds(24 * 60 * 60)

    struct Worker: Sendable {
        var heartbeat: Heartbeat
        var heard: ContinuousClock.Instant
        var date: Date
        var isOnline: Bool
        /// Whether the worker was told to finish its tiles and to end.
        var isDraining = false
        var rate: Double
        /// Tiles a second over the last heartbeats, the newest last.
        var rates: [Double]
        /// The heartbeat from which the next rate is measured.
        fileprivate var measured: Heartbeat
        fileprivate var counted = ClusterProblemCounts()
        /// The last heartbeat of another instance under this id, and when its first one came.
        fileprivate var challenger: Heartbeat?
        fileprivate var challengedAt: ContinuousClock.Instant?

        var state: WorkerState {
            WorkerState(
                heartbeat: heartbeat, date: date, isOnline: isOnline, isDraining: isDraining, rate: rate, rates: rates)
        }

        fileprivate var asLost: LostWorker {
            LostWorker(
                id: heartbeat.worker, partitions: Set(heartbeat.partitions), heard: heard, alone: heartbeat.alone)
        }
    }

    enum Event: Sendable, Equatable {
        case cameOnline(String)
        case wentOffline(String)
        /// The worker is offline without having left, or another instance has taken over its id.
        case lost(LostWorker)
        /// This instance has to end; `holder` is the host of the one that stays.
        case refused(worker: String, instance: String, host: String, holder: String)
    }

    private(set) var workers: [String: Worker] = [:]
    /// The sums over all workers since the start, including offline and forgotten ones.
    private(set) var problemCounts = ClusterProblemCounts()
    private let start: ContinuousClock.Instant

    /// - Parameter start: the workers' problems are counted from this time on.
    init(start: ContinuousClock.Instant = .now) { self.start = start }

    mutating func hear(_ heartbeat: Heartbeat, at now: ContinuousClock.Instant, date: Date) -> [Event] {
        guard var worker = workers[heartbeat.worker] else { return adopt(heartbeat, at: now, date: date) }
        if heartbeat.instance != worker.heartbeat.instance {
            guard worker.isOnline, heartbeat.state == .online else {
                return heartbeat.state == .online ? adopt(heartbeat, at: now, date: date) : []
            }
            if let since = worker.challengedAt, worker.challenger?.instance == heartbeat.instance,
                now - since >= Self.patience
            {
                return adopt(heartbeat, at: now, date: date)
            }
            if worker.challenger?.instance != heartbeat.instance { worker.challengedAt = now }
            worker.challenger = heartbeat
            workers[heartbeat.worker] = worker
            return []
        }
        worker.counted = count(heartbeat, after: worker.counted)
        if heartbeat.state == .leaving { return leave(worker, heartbeat, at: now, date: date) }
        var events: [Event] = worker.isOnline ? [] : [.cameOnline(heartbeat.worker)]
        if let challenger = worker.challenger {
            events.append(
                .refused(
                    worker: heartbeat.worker, instance: challenger.instance, host: challenger.host,
                    holder: heartbeat.host))
            worker.challenger = nil
            worker.challengedAt = nil
        }
        let seconds = heartbeat.uptime - worker.measured.uptime
        // Two heartbeats in short succession give no usable rate.
        if seconds >= Heartbeat.interval / 2 {
            worker.rate = max(0, Double(heartbeat.tilesDone - worker.measured.tilesDone) / seconds)
            worker.rates = Array((worker.rates + [worker.rate]).suffix(30))
            worker.measured = heartbeat
        }
        worker.heartbeat = heartbeat
        worker.heard = now
        worker.date = date
        worker.isOnline = true
        workers[heartbeat.worker] = worker
        return events
    }

    /// The master was paused, and the heartbeats of that time are unread. So each worker counts as heard now.
    mutating func restartPatience(at now: ContinuousClock.Instant) {
        for id in workers.keys { workers[id]?.heard = now }
    }

    /// The last heartbeats of workers that were told to drain and are still online.
    func draining(heardSince time: ContinuousClock.Instant) -> [Heartbeat] {
        workers.values.filter { $0.isOnline && $0.isDraining && $0.heard >= time }.map(\.heartbeat)
    }

    /// Marks workers as offline that have missed too many heartbeats.
    mutating func tick(at now: ContinuousClock.Instant) -> [Event] {
        var events: [Event] = []
        for (id, worker) in workers where worker.isOnline && now - worker.heard > Self.patience {
            workers[id]?.isOnline = false
            workers[id]?.rate = 0
            events += [.lost(worker.asLost), .wentOffline(id)]
        }
        return events
    }

    /// Drops a worker.
    /// - Returns: `false` if it is online.
    mutating func forget(_ id: String) -> Bool {
        guard workers[id]?.isOnline != true else { return false }
        workers[id] = nil
        return true
    }

    /// Drops those of the workers that are offline.
    mutating func forget(_ ids: [String]) {
        for id in ids where workers[id]?.isOnline == false { workers[id] = nil }
    }

    /// Marks a worker as draining.
    /// - Returns: its last heartbeat; `nil` if it is not online.
    mutating func drain(_ id: String) -> Heartbeat? {
        guard let worker = workers[id], worker.isOnline else { return nil }
        workers[id]?.isDraining = true
        return worker.heartbeat
    }

    /// The order to drain was not delivered.
    mutating func forgetDrain(of id: String, instance: String) {
        if workers[id]?.heartbeat.instance == instance { workers[id]?.isDraining = false }
    }

    /// The fleet as the dispatcher sees it.
    var view: FleetView {
        // If two online workers claim a partition, the one with the latest heartbeat owns it.
        let online = workers.values.filter(\.isOnline).sorted { $0.heard < $1.heard }
        var owners: [Int: PartitionWindow.Owner] = [:]
        for worker in online {
            let owner = PartitionWindow.Owner(
                worker: worker.heartbeat.worker, slots: worker.heartbeat.slots, steps: worker.heartbeat.knownSteps)
            for partition in worker.heartbeat.partitions { owners[partition] = owner }
        }
        return FleetView(
            online: online.count, slots: online.reduce(0) { $0 + $1.heartbeat.slots }, owners: owners,
            steps: Dictionary(uniqueKeysWithValues: online.map { ($0.heartbeat.worker, $0.heartbeat.knownSteps) }))
    }

    /// The partitions of `tasks` that belong, by `view`, to workers which can open this lender's canvases.
    func borrowers(of lender: String, in view: FleetView) -> Set<Int> {
        Set(view.owners.filter { workers[$0.value.worker]?.heartbeat.lender == lender }.keys)
    }

    private mutating func adopt(_ heartbeat: Heartbeat, at now: ContinuousClock.Instant, date: Date) -> [Event] {
        let before = workers[heartbeat.worker].flatMap { $0.isOnline ? $0 : nil }
        let isOlder = heartbeat.uptime > (now - start) / .seconds(1)
        let counted = count(heartbeat, after: isOlder ? ClusterProblemCounts(heartbeat) : ClusterProblemCounts())
        workers[heartbeat.worker] = Worker(
            heartbeat: heartbeat, heard: now, date: date, isOnline: heartbeat.state == .online, rate: 0, rates: [],
            measured: heartbeat, counted: counted)
        if let before { return [.lost(before.asLost)] }
        return heartbeat.state == .online ? [.cameOnline(heartbeat.worker)] : []
    }

    private mutating func leave(
        _ worker: Worker, _ heartbeat: Heartbeat, at now: ContinuousClock.Instant, date: Date
    ) -> [Event] {
        workers[heartbeat.worker] = Worker(
            heartbeat: heartbeat, heard: now, date: date, isOnline: false, isDraining: worker.isDraining, rate: 0,
            rates: [], measured: heartbeat, counted: worker.counted)
        return worker.isOnline ? [.wentOffline(heartbeat.worker)] : []
    }

    /// Adds an instance's problems since its last heartbeat.
    /// - Returns: the counts to compare the next heartbeat with.
    private mutating func count(_ heartbeat: Heartbeat, after before: ClusterProblemCounts) -> ClusterProblemCounts {
        let now = ClusterProblemCounts(heartbeat)
        problemCounts.rebalances += max(0, now.rebalances - before.rebalances)
        problemCounts.reconnects += max(0, now.reconnects - before.reconnects)
        problemCounts.deadLetters += max(0, now.deadLetters - before.deadLetters)
        return ClusterProblemCounts(
            rebalances: max(now.rebalances, before.rebalances), reconnects: max(now.reconnects, before.reconnects),
            deadLetters: max(now.deadLetters, before.deadLetters))
    }
}

/// The problems that workers report in their heartbeats.
struct ClusterProblemCounts: Sendable, Equatable {
    /// How often the group assigned partitions.
    var rebalances = 0
    /// How often a broker answered again after none had answered.
    var reconnects = 0
    /// Records that were moved to the dead letters.
    var deadLetters = 0
}

extension ClusterProblemCounts {
    /// The counts of a heartbeat, 0 for those that the worker does not report.
    init(_ heartbeat: Heartbeat) {
        self.init(
            rebalances: heartbeat.rebalances ?? 0, reconnects: heartbeat.reconnects ?? 0,
            deadLetters: heartbeat.deadLetters ?? 0)
    }
}
