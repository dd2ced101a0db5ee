internal import Configuration
internal import Foundation
internal import Synchronization

/// Settings from environment variables, for options that are not given on the command line. `TILEWORK_DATA_DIR` sets
/// `--data-dir`.
public struct EnvironmentSettings: Sendable {
    /// The names of all variables that were looked up, set or not.
    private final class Asked: Sendable {
        let names = Mutex<Set<String>>([])
    }

    private static let prefix = "TILEWORK_"

    private let provider: EnvironmentVariablesProvider
    /// The variables with Tilework's prefix that are set.
    private let present: Set<String>
    private let asked = Asked()
    /// The folder for paths that start with `credential:`.
    public let credentials: CredentialsFolder

    /// The process's own environment.
    public init() { self.init(ProcessInfo.processInfo.environment) }

    /// For given variables, for tests.
    public init(_ variables: [String: String]) {
        provider = EnvironmentVariablesProvider(environmentVariables: variables)
        credentials = CredentialsFolder(path: variables["CREDENTIALS_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 })
        present = Set(variables.keys.filter { $0.hasPrefix(Self.prefix) })
    }

    /// The name of an option's variable.
    /// - Parameter option: without the leading hyphens.
    public static func variable(for option: String) -> String {
        prefix + option.uppercased().replacing("-", with: "_")
    }

    /// An option's value from the command line, otherwise from the environment, otherwise `nil`.
    /// - Parameter parse: parses a variable's text; `nil` if the text is not valid.
    /// - Throws: if the variable's text is not valid.
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

    /// A whole number from the command line, the environment or the default. Throws if it is not in `range`.
    public func integer(
        _ given: Int?, _ option: String, default defaultValue: Int, in range: ClosedRange<Int>
    ) throws(SettingsError) -> Int {
        let number = try value(given, option) { Int($0) } ?? defaultValue
        guard range.contains(number) else {
            let source = given == nil ? Self.variable(for: option) : "--\(option)"
            throw SettingsError("\(source) is \(number); it takes \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The values of a repeatable option; in its variable they are separated by semicolons.
    public func list(_ given: [String], _ option: String) throws(SettingsError) -> [String] {
        try value(given.isEmpty ? nil : given, option) { text in
            text.split(separator: ";").map(String.init)
        } ?? []
    }
}

extension EnvironmentSettings {
    /// Warnings about variables with Tilework's prefix that are no settings. Call this after all settings were read.
    /// - Parameter others: names of variables that are read in other ways.
    public func warnings(besides others: Set<String> = []) -> [String] {
        let known = asked.names.withLock { $0 }.union(others)
        return present.subtracting(known).sorted().map { name in
            let nearest = known.map { (distance: Self.distance(name, $0), name: $0) }.min { $0 < $1 }
            let advice = nearest.flatMap { $0.distance <= 3 ? "; did you mean \($0.name)?" : nil }
            return "\(name) is set, but is no setting here\(advice ?? "")"
        }
    }

    /// The number of letters to insert, delete or replace (Levenshtein 1966).
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

/// A setting that is not valid.
public struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
