/// Decides what to do with a batch of spans after an attempt to send it. Pure.
///
/// OTLP's rules: after 429, 502, 503 and 504 a client may try again, after the time in the answer or a growing pause.
/// After other errors it must not. If the endpoint does not answer, this tries again as well.
struct TraceDelivery: Sendable {
    enum Step: Sendable, Hashable {
        case delivered
        /// Try again after this many seconds.
        case again(after: Double)
        case giveUp
    }

    /// The endpoint's answer to an attempt.
    enum Answer: Sendable, Hashable {
        case status(Int, retryAfter: Double?)
        case none
    }

    private static let attempts = 5
    private static let longestPause = 30.0

    private var failures = 0

    mutating func step(after answer: Answer) -> Step {
        var wanted: Double?
        switch answer {
        case .status(200..<300, _): return .delivered
        case .status(429, let seconds), .status(502, let seconds), .status(503, let seconds), .status(504, let seconds):
            wanted = seconds
        case .status: return .giveUp
        case .none: break
        }
        failures += 1
        guard failures < Self.attempts else { return .giveUp }
        let pause = wanted ?? Double(1 << (failures - 1))
        return .again(after: min(max(0, pause), Self.longestPause))
    }
}
