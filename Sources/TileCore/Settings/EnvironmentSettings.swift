internal import Configuration

/// What the environment says if the command line says nothing: an option `--data-dir` is `TILEWORK_DATA_DIR`.
public struct EnvironmentSettings: Sendable {
    private let provider: EnvironmentVariablesProvider

    /// The process's own environment.
    public init() { provider = EnvironmentVariablesProvider() }

    /// Given variables, for tests.
    public init(_ variables: [String: String]) {
        provider = EnvironmentVariablesProvider(environmentVariables: variables)
    }

    /// The variable's name for an option's name without its hyphens in front.
    public static func variable(for option: String) -> String {
        "TILEWORK_" + option.uppercased().replacing("-", with: "_")
    }

    /// The option's value from the command line, else from the environment, else `nil`.
    /// - Parameter parse: reads a variable's text; `nil` says that it is no such value.
    /// - Throws: if the variable is set to something that `parse` does not take.
    public func value<Value>(
        _ given: Value?, _ option: String, parse: (String) -> Value?
    ) throws(SettingsError) -> Value? {
        if let given { return given }
        let name = Self.variable(for: option)
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

/// A setting that cannot be.
public struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
