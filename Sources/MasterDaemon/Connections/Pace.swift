/// Whether bytes move fast enough while the other side alone is waited for. Does no I/O; times are given in seconds.
///
/// Once it was waited for `window` seconds in all, at least `slowest` bytes for each of them have to have moved; then the
/// next window begins. Time in which the master itself does not read, or has nothing to send, does not count.
struct Pace: Sendable {
    let slowest: Double
    let window: Double
    /// Seconds of waiting in this window that are over.
    private var waited = 0.0
    private var moved = 0
    /// Since when it is waited for the other side; `nil` if it is not.
    private var since: Double?

    init(slowest: Double, window: Double) {
        self.slowest = slowest
        self.window = window
    }

    /// The other side is waited for from now on.
    mutating func wait(now: Double) {
        if since == nil { since = now }
    }

    /// It is not waited for any more.
    mutating func rest(now: Double) {
        if let since { waited += max(0, now - since) }
        since = nil
    }

    mutating func move(_ bytes: Int) { moved += bytes }

    /// Begins anew.
    mutating func reset() { self = Pace(slowest: slowest, window: window) }

    /// Whether too little has moved.
    mutating func isTooSlow(now: Double) -> Bool {
        if let since {
            waited += max(0, now - since)
            self.since = now
        }
        guard waited >= window else { return false }
        let isTooSlow = Double(moved) < slowest * waited
        (waited, moved) = (0, 0)
        return isTooSlow
    }
}
