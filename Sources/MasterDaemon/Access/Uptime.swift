/// A monotonic clock for limits: it is independent of the system's date.
enum Uptime {
    /// Seconds since the first use.
    static let seconds: @Sendable () -> Double = {
        let start = ContinuousClock.now
        return { (ContinuousClock.now - start) / .seconds(1) }
    }()
}
