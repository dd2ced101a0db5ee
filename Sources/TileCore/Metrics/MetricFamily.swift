/// The samples of one metric, in Prometheus' text format (version 0.0.4). Pure.
public struct MetricFamily: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    public struct Sample: Sendable, Equatable {
        /// Follows the family's name, as in `_bucket`.
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

    public var text: String {
        var lines = "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            lines += name + sample.suffix
            if !sample.labels.isEmpty {
                let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
                lines += "{\(labels.joined(separator: ","))}"
            }
            lines += " \(Self.number(sample.value))\n"
        }
        return lines
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        let plain = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quotes ? plain.replacing("\"", with: "\\\"") : plain
    }

    /// Formats a number; whole numbers have no decimal point.
    public static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        if value == -.infinity { return "-Inf" }
        if value.isNaN { return "NaN" }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
