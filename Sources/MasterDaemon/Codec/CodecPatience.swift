/// How long a codec process may seem to do nothing: neither completes it a row, nor does it use processor time worth
/// mentioning. A process that was taken over can wake up now and then, or say the same again and again.
struct CodecPatience {
    /// A disk that is read at a megabyte a second keeps every decoder busier.
    private static let leastShare = 0.002

    let limit: Duration
    /// A machine that sleeps is no fault of the process.
    private var start: SuspendingClock.Instant
    private var startCPUTime: Duration?

    /// - Parameter cpuTime: that the process has used; `nil` if it has ended.
    init(_ limit: Duration, cpuTime: Duration?, now: SuspendingClock.Instant = .now) {
        self.limit = limit
        start = now
        startCPUTime = cpuTime
    }

    /// The process has done something.
    mutating func begin(cpuTime: Duration?, now: SuspendingClock.Instant = .now) {
        (start, startCPUTime) = (now, cpuTime)
    }

    /// Whether it has done nothing for too long.
    mutating func isOver(cpuTime: Duration?, now: SuspendingClock.Instant = .now) -> Bool {
        guard now - start >= limit else { return false }
        // Its end is seen at its socket.
        guard let cpuTime, let startCPUTime, cpuTime - startCPUTime < limit * Self.leastShare else {
            begin(cpuTime: cpuTime, now: now)
            return false
        }
        return true
    }
}
