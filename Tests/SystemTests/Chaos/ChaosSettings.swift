import Foundation

/// What `./scripts/chaos` asks for.
struct ChaosSettings: Sendable {
    let minutes: Double
    let seed: UInt64
    /// The file that the summary goes to, again and again, so that it is there however the run ends.
    let reportPath: String?

    /// `nil` in an ordinary run of the tests.
    static let asked: ChaosSettings? = {
        let environment = ProcessInfo.processInfo.environment
        guard let minutes = environment["TILEWORK_CHAOS_MINUTES"].flatMap(Double.init), minutes > 0 else { return nil }
        return ChaosSettings(
            minutes: minutes, seed: environment["TILEWORK_CHAOS_SEED"].flatMap { UInt64($0) } ?? 1,
            reportPath: environment["TILEWORK_CHAOS_REPORT"])
    }()

    /// Minutes after which the test as a whole is stuck.
    static let limit = Int(asked?.minutes ?? 0) + 30
}
