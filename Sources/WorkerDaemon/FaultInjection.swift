import Foundation
import TileCore

/// Faults that tests inject through environment variables. Never set in production.
struct FaultInjection: Sendable {
    /// A factor on the time of each tile: `TILEWORK_FAULT_SLOWDOWN=10`.
    private var slowdown = 1.0
    /// The minimum time of each tile: `TILEWORK_FAULT_TILE_MS=200`.
    private var tileTime = Duration.zero
    /// Tiles of this pipeline, or only the one with this index, crash the process: `TILEWORK_FAULT_CRASH=blur@3`.
    private var crash: (pipeline: Pipeline, index: Int?)?
    /// The only steps that the worker knows, like a worker of an earlier release: `TILEWORK_FAULT_STEPS=invert,blur`.
    /// If `nil`, it knows all.
    private(set) var steps: Set<String>?
    /// Log lines about the injected faults.
    private(set) var announcements: [String] = []

    init(_ environment: EnvironmentSettings) throws(SettingsError) {
        let settings = Settings(environment: environment)
        if let number = try settings.value("fault-slowdown", "a number from 1 to 10000", Self.slowdown(of:)) {
            slowdown = number
            announcements.append("fault injected: each tile takes \(number) times as long")
        }
        if let milliseconds = try settings.value("fault-tile-ms", "0 to 600000", Self.milliseconds(of:)) {
            tileTime = .milliseconds(milliseconds)
            announcements.append("fault injected: each tile takes at least \(milliseconds) ms")
        }
        if let (pipeline, index) = try settings.value("fault-crash", "TRANSFORMS or TRANSFORMS@INDEX", Self.crash(of:))
        {
            crash = (pipeline, index)
            let place = index.map { " and the index \($0)" } ?? ""
            announcements.append("fault injected: a tile with '\(pipeline)'\(place) ends this process")
        }
        if let names = try settings.value("fault-steps", "names of steps", Self.steps(of:)) {
            steps = names
            announcements.append("fault injected: this worker knows only \(names.sorted().joined(separator: ", "))")
        }
    }

    /// The names of the steps that this worker knows.
    var knownSteps: Set<String> { steps ?? TransformCatalogue.names }

    /// Does the work of a tile with the injected faults. Blocks.
    func around<R: ~Copyable>(_ task: TileTask, _ work: () throws -> R) throws -> R {
        if let crash, crash.pipeline == task.pipeline, crash.index.map(task.indices.contains) ?? true {
            kill(getpid(), SIGKILL)
        }
        let clock = ContinuousClock()
        let start = clock.now
        let result = try work()
        let time = clock.now - start
        let rest = max(time * slowdown, tileTime) - time
        if rest > .zero { Thread.sleep(forTimeInterval: rest / .seconds(1)) }
        return result
    }

    private struct Settings {
        let environment: EnvironmentSettings

        func value<Value>(
            _ name: String, _ allowed: String, _ parse: (String) -> Value?
        ) throws(SettingsError) -> Value? {
            guard let text = try environment.text(nil, name) else { return nil }
            guard let value = parse(text) else {
                throw SettingsError("\(EnvironmentSettings.variable(for: name)) is '\(text)'; it takes \(allowed)")
            }
            return value
        }
    }

    private static func slowdown(of text: String) -> Double? {
        Double(text).flatMap { (1...10_000).contains($0) ? $0 : nil }
    }

    private static func milliseconds(of text: String) -> Int? {
        Int(text).flatMap { (0...600_000).contains($0) ? $0 : nil }
    }

    private static func steps(of text: String) -> Set<String>? {
        let names = Set(text.split(separator: ",").map(String.init))
        return !names.isEmpty && names.isSubset(of: TransformCatalogue.names) ? names : nil
    }

    private static func crash(of text: String) -> (Pipeline, Int?)? {
        let sides = text.split(separator: "@", omittingEmptySubsequences: false)
        guard let pipeline = try? Pipeline(parsing: String(sides[0])) else { return nil }
        if sides.count == 1 { return (pipeline, nil) }
        guard sides.count == 2, let index = Int(sides[1]), index >= 0 else { return nil }
        return (pipeline, index)
    }
}
