import Foundation

/// The settings of `./scripts/chaos`.
struct ChaosSettings: Sendable {
    let minutes: Double
    let seed: UInt64
    /// The file for the summary. It is written often, so that it exists however the run ends.
    let reportPath: String?

    /// `nil` in ordinary test runs.
    static let asked: ChaosSettings? = {
        let environment = ProcessInfo.processInfo.environment
        guard let minutes = environment["TILEWORK_CHAOS_MINUTES"].flatMap(Double.init), minutes > 0 else { return nil }
        return ChaosSettings(
            minutes: minutes, seed: environment["TILEWORK_CHAOS_SEED"].flatMap { UInt64($0) } ?? 1,
            reportPath: environment["TILEWORK_CHAOS_REPORT"])
    }()

    /// The time limit of the whole test, in minutes.
    static let limit = Int(asked?.minutes ?? 0) + 30
}
