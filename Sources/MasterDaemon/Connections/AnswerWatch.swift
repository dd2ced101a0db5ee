/// Detects clients that do not receive what is sent to them. Does no I/O.
struct AnswerWatch: Sendable {
    private let patience: Double
    private var pace: Pace
    /// Bytes that were written to the connection, and bytes that have left it.
    private var queued = 0
    private var sent = 0
    private var sentAtLastCheck = 0

    /// When a byte last left the connection while others wait; `nil` if none wait.
    private var stillSince: Double?

    init(_ limits: ConnectionLimits) {
        patience = limits.answerWindow
        pace = Pace(minimumRate: limits.minimumAnswerRate, window: limits.answerWindow)
    }

    mutating func queue(_ bytes: Int) { queued += bytes }

    mutating func send(_ bytes: Int) { sent += bytes }

    /// - Parameter waiting: bytes that wait for the client, if the channel reports them.
    mutating func isStuck(waiting: Int? = nil, now: Double) -> Bool {
        if let waiting { sent = max(sent, queued - waiting) }
        let moved = sent - sentAtLastCheck
        sentAtLastCheck = sent
        guard sent < queued else {
            pace.reset()
            stillSince = nil
            return false
        }
        pace.move(moved)
        pace.wait(now: now)
        if moved > 0 || stillSince == nil { stillSince = now }
        return now - (stillSince ?? now) >= patience || pace.isTooSlow(now: now)
    }
}
