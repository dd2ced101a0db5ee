/// Checks the rate at which the other side moves bytes. Does no I/O; times are given in seconds.
///
/// Only time spent waiting for the other side counts. Time in which the master itself does not read, or has nothing to
/// send, does not count. After `window` seconds of waiting, at least `minimumRate` bytes per second must have moved. Then
/// the next window begins.
struct Pace: Sendable {
    let minimumRate: Double
    let window: Double
    /// Seconds of waiting in this window, without the current wait.
    private var waited = 0.0
    private var moved = 0
    /// When the current wait began; `nil` if nothing is waited for.
    private var since: Double?

    init(minimumRate: Double, window: Double) {
        self.minimumRate = minimumRate
        self.window = window
    }

    /// Begins to wait for the other side.
    mutating func wait(now: Double) {
        if since == nil { since = now }
    }

    /// Ends waiting for the other side.
    mutating func rest(now: Double) {
        if let since { waited += max(0, now - since) }
        since = nil
    }

    mutating func move(_ bytes: Int) { moved += bytes }

    /// Begins a new window.
    mutating func reset() { self = Pace(minimumRate: minimumRate, window: window) }

    /// Whether too few bytes have moved.
    mutating func isTooSlow(now: Double) -> Bool {
        if let since {
            waited += max(0, now - since)
            self.since = now
        }
        guard waited >= window else { return false }
        let isTooSlow = Double(moved) < minimumRate * waited
        (waited, moved) = (0, 0)
        return isTooSlow
    }
}
