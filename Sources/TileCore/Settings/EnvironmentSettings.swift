internal import Configuration
internal import Foundation
internal import Synchronization

/// What the environment says if the command line says nothing: an option `--data-dir` is `TILEWORK_DATA_DIR`.
public struct EnvironmentSettings: Sendable {
    /// The variables that were asked for, set or not.
    private final class Asked: Sendable {
        let names = Mutex<Set<String>>([])
    }

    private static let prefix = "TILEWORK_"

    private let provider: EnvironmentVariablesProvider
    /// Those of Tilework that are set.
    private let present: Set<String>
    private let asked = Asked()
    /// What `credential:` stands for in the path of a file.
    public let credentials: CredentialsFolder

    /// The process's own environment.
    public init() { self.init(ProcessInfo.processInfo.environment) }

    /// Given variables, for tests.
    public init(_ variables: [String: String]) {
        provider = EnvironmentVariablesProvider(environmentVariables: variables)
        credentials = CredentialsFolder(path: variables["CREDENTIALS_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 })
        present = Set(variables.keys.filter { $0.hasPrefix(Self.prefix) })
    }

    /// The variable's name for an option's name without its hyphens in front.
    public static func variable(for option: String) -> String {
        prefix + option.uppercased().replacing("-", with: "_")
    }

    /// The option's value from the command line, else from the environment, else `nil`.
    /// - Parameter parse: reads a variable's text; `nil` says that it is no such value.
    /// - Throws: if the variable is set to something that `parse` does not take.
    public func value<Value>(
        _ given: Value?, _ option: String, parse: (String) -> Value?
    ) throws(SettingsError) -> Value? {
        let name = Self.variable(for: option)
        asked.names.withLock { _ = $0.insert(name) }
        if let given { return given }
        guard let text = try? provider.environmentValue(forName: name), !text.isEmpty else { return nil }
        guard let value = parse(text) else {
            throw SettingsError("\(name) is '\(text)', which is no value for --\(option)")
        }
        return value
    }

    public func text(_ given: String?, _ option: String) throws(SettingsError) -> String? {
        try value(given, option) { $0 }
    }

    /// A whole number within `range`, wherever it comes from.
    public func integer(
        _ given: Int?, _ option: String, default defaultValue: Int, in range: ClosedRange<Int>
    ) throws(SettingsError) -> Int {
        let number = try value(given, option) { Int($0) } ?? defaultValue
        guard range.contains(number) else {
            throw SettingsError("--\(option) is \(number); it takes \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Words that may be given more than once; in the variable they stand with semicolons between.
    public func list(_ given: [String], _ option: String) throws(SettingsError) -> [String] {
        try value(given.isEmpty ? nil : given, option) { text in
            text.split(separator: ";").map(String.init)
        } ?? []
    }
}

extension EnvironmentSettings {
    /// What is to be said of variables that look like settings and are none. Ask once all settings are read.
    /// - Parameter others: names that are read in other ways.
    public func warnings(besides others: Set<String> = []) -> [String] {
        let known = asked.names.withLock { $0 }.union(others)
        return present.subtracting(known).sorted().map { name in
            let nearest = known.map { (distance: Self.distance(name, $0), name: $0) }.min { $0 < $1 }
            let advice = nearest.flatMap { $0.distance <= 3 ? "; did you mean \($0.name)?" : nil }
            return "\(name) is set, but is no setting here\(advice ?? "")"
        }
    }

    /// How many letters have to be put in, left out or changed (Levenshtein 1966).
    static func distance(_ left: String, _ right: String) -> Int {
        var row = Array(0...right.utf8.count)
        for (index, letter) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.utf8.enumerated() {
                let changed = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.utf8.count]
    }
}

/// A setting that cannot be.
public struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
