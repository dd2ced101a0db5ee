import TileCore

/// What people are shown of the dispatcher.
extension Dispatcher {
    var partitionCount: Int { scheduler.window.partitionCount }

    var queue: QueueView {
        QueueView(
            waiting: scheduler.waiting, inFlight: scheduler.inFlight, windowTiles: scheduler.windowTiles,
            outstandingBytes: scheduler.window.outstandingBytes, activeJobs: Set(active.keys.map(\.job)).count)
    }

    /// Tiles a second over the last seconds.
    var rate: Double { statistics.completed.perSecond(at: clock.now) }

    /// Tiles a second of these jobs over the last seconds; those without any are left out.
    func rates(of jobs: [JobID]) -> [JobID: Double] {
        jobs.reduce(into: [:]) { rates, job in
            let rate = jobRates[job]?.perSecond(at: clock.now) ?? 0
            rates[job] = rate > 0 ? rate : nil
        }
    }

    /// Which tiles of a pass are on their way; `nil` if it is not under way.
    func tilesInFlight(_ pass: PassID) -> Set<Int>? {
        guard let state = scheduler.states(pass), let order = active[pass]?.order else { return nil }
        return Set((0..<order.geometry.grid.count).filter { state($0) == .inFlight || state($0) == .accepted })
    }
}
