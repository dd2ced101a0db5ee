import Foundation
import Synchronization

/// The injected faults, and their consequences.
final class ChaosReport: Sendable {
    private struct State {
        var rounds = 0
        var faults: [ChaosFault: Int] = [:]
        var outcomes: [ChaosOutcome: Int] = [:]
        /// For each master that was started, the counters that were read last.
        var counters: [[String: Int]] = []
        var comparedBytes = 0
        var wrongBytes = 0
        var findings: [String] = []
        var folders: [String] = []
    }

    private let title: String
    private let path: String?
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(title: String, path: String? = nil) {
        self.title = title
        self.path = path
    }

    func beginRound() { state.withLock { $0.rounds += 1 } }
    func count(_ fault: ChaosFault) { state.withLock { $0.faults[fault, default: 0] += 1 } }
    func count(_ outcome: ChaosOutcome) { state.withLock { $0.outcomes[outcome, default: 0] += 1 } }

    /// Records a violation.
    func find(_ what: String) {
        state.withLock { $0.findings.append(what) }
        print("chaos: \(what)")
        save()
    }

    /// Records a folder with logs of findings.
    func keep(_ folder: String) { state.withLock { $0.folders.append(folder) } }

    var findings: [String] { state.withLock { $0.findings } }
    var wrongBytes: Int { state.withLock { $0.wrongBytes } }
    var faultCount: Int { state.withLock { $0.faults.values.reduce(0, +) } }
    func number(of outcome: ChaosOutcome) -> Int { state.withLock { $0.outcomes[outcome] ?? 0 } }

    /// Adds an entry for the counters of a new master. Returns its number.
    func newMaster() -> Int {
        state.withLock { state in
            state.counters.append([:])
            return state.counters.count - 1
        }
    }

    func note(_ counters: StatisticsAnswer, of master: Int) {
        state.withLock { $0.counters[master] = counters.chaosCounts }
    }

    /// The sum over all masters. Counts between the last reading and a master's end are missing.
    var totals: [String: Int] {
        state.withLock { state in state.counters.reduce(into: [:]) { sums, one in sums.merge(one) { $0 + $1 } } }
    }

    /// Counts the bytes that differ, including missing and superfluous ones. Returns their number.
    func compare(_ result: Data, with expected: Data) -> Int {
        var wrong = 0
        if result != expected {
            wrong = abs(result.count - expected.count)
            for (one, other) in zip(result, expected) where one != other { wrong += 1 }
        }
        state.withLock { state in
            state.comparedBytes += expected.count
            state.wrongBytes += wrong
        }
        return wrong
    }

    var text: String {
        let totals = self.totals
        let state = self.state.withLock { $0 }
        func line(_ name: String, _ values: [(String, Int)]) -> String {
            let head = name.padding(toLength: 16, withPad: " ", startingAt: 0)
            return head + values.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        }
        let own = Set(StatisticsAnswer.chaosTileNames + StatisticsAnswer.chaosClusterNames)
        let dropped = totals.keys.filter { !own.contains($0) }.sorted()
        let minutes = (ContinuousClock.now - start) / .seconds(60)
        var lines = ["\(title): \(String(format: "%.1f", minutes)) minutes, \(state.rounds) rounds"]
        lines.append(line("jobs", ChaosOutcome.allCases.map { ($0.rawValue, state.outcomes[$0] ?? 0) }))
        lines.append(line("tiles, at least", StatisticsAnswer.chaosTileNames.map { ($0, totals[$0] ?? 0) }))
        lines.append(line("results dropped", dropped.map { ($0, totals[$0] ?? 0) }))
        lines.append(line("cluster", StatisticsAnswer.chaosClusterNames.map { ($0, totals[$0] ?? 0) }))
        lines.append("faults          \(state.faults.values.reduce(0, +))")
        for fault in ChaosFault.allCases {
            let count = String(state.faults[fault] ?? 0)
            lines.append(String(repeating: " ", count: max(0, 20 - count.count)) + "\(count)  \(fault.rawValue)")
        }
        lines.append(line("bytes", [("compared", state.comparedBytes), ("wrong or missing", state.wrongBytes)]))
        lines.append("findings        \(state.findings.count)")
        lines += state.findings.map { "  - \($0)" }
        lines += state.folders.map { "  logs and files: \($0)" }
        return lines.joined(separator: "\n")
    }

    /// Writes the summary to the file that `scripts/chaos` reads.
    func save() {
        guard let path else { return }
        try? Data((text + "\n").utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
