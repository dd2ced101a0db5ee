/// The name of a step's parameter, and its allowed values.
public struct TransformParameter: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case integer, number
        /// An odd integer, as the side of a kernel must be.
        case odd
    }

    public let name: String
    public let title: String
    public let kind: Kind
    public let defaultValue: Double
    public let range: ClosedRange<Double>
    /// One line for a form or a help page.
    public let summary: String

    public init(
        _ name: String, _ title: String, _ kind: Kind, default defaultValue: Double, in range: ClosedRange<Double>,
        _ summary: String
    ) {
        self.name = name
        self.title = title
        self.kind = kind
        self.defaultValue = defaultValue
        self.range = range
        self.summary = summary
    }

    /// Whether the parameter can have this value.
    public func accepts(_ value: Double) -> Bool {
        guard range.contains(value) else { return false }
        return switch kind {
        case .number: true
        case .integer: value == value.rounded()
        case .odd: value.truncatingRemainder(dividingBy: 2).magnitude == 1
        }
    }

    /// The allowed values in words.
    public var allowed: String {
        let bounds = "\(NumberText.of(range.lowerBound)) to \(NumberText.of(range.upperBound))"
        return switch kind {
        case .number: "a number from \(bounds)"
        case .integer: "a whole number from \(bounds)"
        case .odd: "an odd number from \(bounds)"
        }
    }
}

/// Numbers as text: without ".0" after integers.
enum NumberText {
    static func of(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : String(value)
    }

    /// Parses a finite number in plain or scientific notation. `Double` would also accept hexadecimal, infinity and
    /// NaN.
    static func parse(_ text: some StringProtocol) -> Double? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
}
