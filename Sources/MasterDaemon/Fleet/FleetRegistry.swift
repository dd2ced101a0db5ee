import Foundation
import TileCore

/// Who is online, by the heartbeats. Does no I/O.
///
/// An id belongs to the instance that had it first. Another instance under it takes it over where the first one is
/// silent from then on, as it is after a crash and a restart; where both go on, the second is refused.
struct FleetRegistry: Sendable {
    /// Seconds without a heartbeat after which a worker is offline: three were missed.
    static let patience = Duration.seconds(7)

    struct Worker: Sendable {
        var heartbeat: Heartbeat
        var heard: ContinuousClock.Instant
        var date: Date
        var isOnline: Bool
        var rate: Double
        /// Tiles a second over the last heartbeats, the newest last.
        var rates: [Double]
        fileprivate var challenger: Heartbeat?
        fileprivate var challengedAt: ContinuousClock.Instant?
    }

    enum Event: Sendable, Equatable {
        case cameOnline(String)
        case wentOffline(String)
        /// This instance has to end; `holder` is the host of the one that stays.
        case refused(worker: String, instance: String, host: String, holder: String)
    }

    private(set) var workers: [String: Worker] = [:]

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
        if heartbeat.state == .leaving { return leave(heartbeat, at: now, date: date) }
        var events: [Event] = worker.isOnline ? [] : [.cameOnline(heartbeat.worker)]
        if let challenger = worker.challenger {
            events.append(
                .refused(
                    worker: heartbeat.worker, instance: challenger.instance, host: challenger.host,
                    holder: heartbeat.host))
            worker.challenger = nil
            worker.challengedAt = nil
        }
        let seconds = heartbeat.uptime - worker.heartbeat.uptime
        if seconds >= Heartbeat.interval / 2 {
            worker.rate = max(0, Double(heartbeat.tilesDone - worker.heartbeat.tilesDone) / seconds)
            worker.rates = Array((worker.rates + [worker.rate]).suffix(30))
            worker.heartbeat = heartbeat
        } else {
            // Too soon after the last one for a rate; what it says of the partitions is news all the same.
            worker.heartbeat = Heartbeat(
                worker: heartbeat.worker, instance: heartbeat.instance, host: heartbeat.host, pid: heartbeat.pid,
                state: heartbeat.state, slots: heartbeat.slots, tilesDone: worker.heartbeat.tilesDone,
                uptime: worker.heartbeat.uptime, partitions: heartbeat.partitions)
        }
        worker.heard = now
        worker.date = date
        worker.isOnline = true
        workers[heartbeat.worker] = worker
        return events
    }

    /// What silence brings.
    mutating func tick(at now: ContinuousClock.Instant) -> [Event] {
        var events: [Event] = []
        for (id, worker) in workers where worker.isOnline && now - worker.heard > Self.patience {
            workers[id]?.isOnline = false
            workers[id]?.rate = 0
            events.append(.wentOffline(id))
        }
        return events
    }

    /// What the dispatcher has to know.
    var view: FleetView {
        let online = workers.values.filter(\.isOnline)
        var owners: [Int: PartitionWindow.Owner] = [:]
        for worker in online {
            let owner = PartitionWindow.Owner(worker: worker.heartbeat.worker, slots: worker.heartbeat.slots)
            for partition in worker.heartbeat.partitions { owners[partition] = owner }
        }
        return FleetView(online: online.count, slots: online.reduce(0) { $0 + $1.heartbeat.slots }, owners: owners)
    }

    private mutating func adopt(_ heartbeat: Heartbeat, at now: ContinuousClock.Instant, date: Date) -> [Event] {
        let wasOnline = workers[heartbeat.worker]?.isOnline ?? false
        workers[heartbeat.worker] = Worker(
            heartbeat: heartbeat, heard: now, date: date, isOnline: heartbeat.state == .online, rate: 0, rates: [])
        return heartbeat.state == .online && !wasOnline ? [.cameOnline(heartbeat.worker)] : []
    }

    private mutating func leave(_ heartbeat: Heartbeat, at now: ContinuousClock.Instant, date: Date) -> [Event] {
        let wasOnline = workers[heartbeat.worker]?.isOnline ?? false
        workers[heartbeat.worker] = Worker(
            heartbeat: heartbeat, heard: now, date: date, isOnline: false, rate: 0, rates: [])
        return wasOnline ? [.wentOffline(heartbeat.worker)] : []
    }
}
