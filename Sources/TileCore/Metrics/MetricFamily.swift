/// The samples of one metric, in Prometheus' text format (version 0.0.4). Pure.
public struct MetricFamily: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    public struct Sample: Sendable, Equatable {
        /// What follows the family's name in the sample's name, such as `_bucket`.
        public var suffix = ""
        public let labels: [Label]
        public let value: Double

        public init(suffix: String = "", labels: [Label], value: Double) {
            (self.suffix, self.labels, self.value) = (suffix, labels, value)
        }
    }

    public struct Label: Sendable, Hashable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    /// The content type of the format.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    public let name: String
    public let kind: Kind
    public let help: String
    public var samples: [Sample]

    public init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample] = []) {
        (self.name, self.kind, self.help, self.samples) = (name, kind, help, samples)
    }

    /// One sample without labels.
    public init(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        self.init(name, kind, help, [Sample(labels: [], value: value)])
    }

    /// One sample for each value of a label, in the values' order.
    public init(_ name: String, _ kind: Kind, _ help: String, by label: String, _ values: [String: Double]) {
        self.init(
            name, kind, help,
            values.sorted { $0.key < $1.key }.map { Sample(labels: [Label(label, $0.key)], value: $0.value) })
    }

    public var text: String { Self.text(of: [self]) }

    /// The lines of all these families, for a page.
    public static func text(of families: [MetricFamily]) -> String {
        families.reduce(into: "") { text, family in family.append(to: &text) }
    }

    private func append(to text: inout String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            text += name
            text += sample.suffix
            var separator = "{"
            for label in sample.labels {
                text += separator
                text += label.name
                text += "=\""
                text += Self.escaped(label.value, quotes: true)
                text += "\""
                separator = ","
            }
            text += sample.labels.isEmpty ? " " : "} "
            text += Self.number(sample.value)
            text += "\n"
        }
    }

    /// Most texts have nothing to escape, and are returned as they are.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        func mustEscape(_ unit: UInt8) -> Bool {
            unit == UInt8(ascii: "\\") || unit == UInt8(ascii: "\n") || (quotes && unit == UInt8(ascii: "\""))
        }
        guard text.utf8.contains(where: mustEscape) else { return text }
        return text.unicodeScalars.reduce(into: "") { escaped, scalar in
            guard scalar.isASCII, mustEscape(UInt8(scalar.value)) else { return escaped.unicodeScalars.append(scalar) }
            escaped += scalar == "\n" ? "\\n" : "\\\(scalar)"
        }
    }

    /// Formats a number; whole numbers have no decimal point.
    public static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        if value == -.infinity { return "-Inf" }
        if value.isNaN { return "NaN" }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
