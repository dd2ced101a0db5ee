/// Decides when an HTTP/2 connection is closed. Does no I/O; times are given in seconds.
struct HTTP2Life: Sendable {
    private let limits: ConnectionLimits
    private var open = 0
    private var since: Double
    private var isFirst = true
    /// Whether the master ends. No further requests are accepted.
    private var isEnding = false

    init(_ limits: ConnectionLimits, now: Double) {
        self.limits = limits
        since = now
    }

    mutating func began() {
        open += 1
        isFirst = false
    }

    /// - Returns: whether the connection is to be closed.
    mutating func ended(now: Double) -> Bool {
        open = max(0, open - 1)
        since = now
        return isEnding && open == 0
    }

    /// - Returns: whether the connection is to be closed at once.
    mutating func end() -> Bool {
        isEnding = true
        return open == 0
    }

    /// Whether the connection is to be closed because no request came in time.
    func isOver(now: Double) -> Bool { open == 0 && now - since >= (isFirst ? limits.header : limits.idle) }
}
