/// The clock of limits: it never goes back, whatever becomes of the date.
enum Uptime {
    /// Seconds since it was asked first.
    static let seconds: @Sendable () -> Double = {
        let start = ContinuousClock.now
        return { (ContinuousClock.now - start) / .seconds(1) }
    }()
}
