import TileCore

/// The dispatcher's state for views.
extension Dispatcher {
    var partitionCount: Int { scheduler.window.partitionCount }

    var queue: QueueView {
        QueueView(
            waiting: scheduler.waiting, inFlight: scheduler.inFlight, windowTiles: scheduler.windowTiles,
            outstandingBytes: scheduler.window.outstandingBytes, activeJobs: Set(active.keys.map(\.job)).count)
    }

    /// Tiles per second over the last ten seconds.
    var rate: Double { statistics.completed.perSecond(at: clock.now) }

    /// Tiles per second of these jobs over the last ten seconds. Jobs without any are left out.
    func rates(of jobs: [JobID]) -> [JobID: Double] {
        jobs.reduce(into: [:]) { rates, job in
            let rate = jobRates[job]?.perSecond(at: clock.now) ?? 0
            rates[job] = rate > 0 ? rate : nil
        }
    }

    /// The indices of a pass's tiles in flight; `nil` if the pass is not under way.
    func tilesInFlight(_ pass: PassID) -> Set<Int>? {
        guard let state = scheduler.states(pass), let order = active[pass]?.order else { return nil }
        return Set((0..<order.geometry.grid.count).filter { state($0) == .inFlight || state($0) == .accepted })
    }
}
