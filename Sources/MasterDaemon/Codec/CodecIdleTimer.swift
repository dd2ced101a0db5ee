/// Limits how long a codec process may be idle: complete no row, and use almost no processor time. A little processor
/// time does not count, and neither does the same row again, because a hijacked process could do either.
struct CodecIdleTimer {
    /// A decoder uses more than this even if it reads from a disk at a megabyte a second.
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
