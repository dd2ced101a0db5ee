/// Limits how long a codec process may be idle, which means that it completes no new row and uses almost no processor
/// time. A hijacked process could report the same row again, or use a little processor time, so these do not count as
/// work.
struct CodecIdleTimer {
    /// The share of processor time below which a process is idle. A decoder uses more, even if it reads from a disk at
    /// a megabyte a second.
    private static let leastShare = 0.002

    let limit: Duration
    /// The time in which the machine sleeps does not count.
    private var start: SuspendingClock.Instant
    private var startCPUTime: Duration?

    /// - Parameter cpuTime: the processor time that the process has used; `nil` if it has ended.
    init(_ limit: Duration, cpuTime: Duration?, now: SuspendingClock.Instant = .now) {
        self.limit = limit
        start = now
        startCPUTime = cpuTime
    }

    /// Starts the time again, because the process has made progress.
    mutating func begin(cpuTime: Duration?, now: SuspendingClock.Instant = .now) {
        (start, startCPUTime) = (now, cpuTime)
    }

    /// Whether the process was idle for too long.
    mutating func isOver(cpuTime: Duration?, now: SuspendingClock.Instant = .now) -> Bool {
        guard now - start >= limit else { return false }
        // An ended process is detected at its socket.
        guard let cpuTime, let startCPUTime, cpuTime - startCPUTime < limit * Self.leastShare else {
            begin(cpuTime: cpuTime, now: now)
            return false
        }
        return true
    }
}
