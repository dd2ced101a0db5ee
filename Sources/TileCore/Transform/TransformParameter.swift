/// What a step's parameter is called and which values it takes.
public struct TransformParameter: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case integer, number
        /// A whole number that two does not divide, as a kernel's side must be.
        case odd
    }

    public let name: String
    public let title: String
    public let kind: Kind
    public let defaultValue: Double
    public let range: ClosedRange<Double>
    /// One line for the reader of a form or a help page.
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

    /// Whether `value` is one that the parameter takes.
    public func accepts(_ value: Double) -> Bool {
        guard range.contains(value) else { return false }
        return switch kind {
        case .number: true
        case .integer: value == value.rounded()
        case .odd: value.truncatingRemainder(dividingBy: 2).magnitude == 1
        }
    }

    /// The values it takes, in words.
    public var allowed: String {
        let bounds = "\(NumberText.of(range.lowerBound)) to \(NumberText.of(range.upperBound))"
        return switch kind {
        case .number: "a number from \(bounds)"
        case .integer: "a whole number from \(bounds)"
        case .odd: "an odd number from \(bounds)"
        }
    }
}

/// Numbers as people write them: no ".0" behind whole ones.
enum NumberText {
    static func of(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? String(Int(value)) : String(value)
    }

    /// A finite number in plain or scientific notation; no hexadecimal, infinity or NaN, which `Double` would read.
    static func parse(_ text: some StringProtocol) -> Double? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
}
