/// Whether a client takes what is sent to it. Does no I/O.
struct AnswerWatch: Sendable {
    private var pace: Pace
    /// Bytes that were given to the connection, and those that have left it.
    private var queued = 0
    private var sent = 0
    private var sentAtLastCheck = 0

    init(_ limits: ConnectionLimits) { pace = Pace(slowest: limits.slowest, window: limits.answerWindow) }

    mutating func queue(_ bytes: Int) { queued += bytes }

    mutating func send(_ bytes: Int) { sent += bytes }

    /// - Parameter waiting: how much waits for the client, if the connection itself knows.
    mutating func isStuck(waiting: Int? = nil, now: Double) -> Bool {
        if let waiting { sent = max(sent, queued - waiting) }
        pace.move(sent - sentAtLastCheck)
        sentAtLastCheck = sent
        guard sent < queued else {
            pace.reset()
            return false
        }
        pace.wait(now: now)
        return pace.isTooSlow(now: now)
    }
}
