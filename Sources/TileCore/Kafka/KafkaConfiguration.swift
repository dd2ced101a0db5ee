internal import Foundation

/// librdkafka properties by their own names, for all clients of a process.
///
/// Whatever is set here passes through unchanged, so that each security setup that librdkafka knows is at hand.
public struct KafkaConfiguration: Sendable, Hashable {
    public private(set) var properties: [String: String]

    /// - Parameter brokers: `host:port`, more than one with commas between.
    public init(brokers: String, properties: [String: String] = [:]) {
        self.properties = properties
        self.properties["bootstrap.servers"] = brokers
    }

    public var brokers: String { properties["bootstrap.servers"] ?? "" }

    public subscript(name: String) -> String? {
        get { properties[name] }
        set { properties[name] = newValue }
    }

    /// These properties over `defaults`.
    func over(_ defaults: [String: String]) -> [String: String] {
        properties.merging(defaults) { mine, _ in mine }
    }

    /// Reads `key=value` words, each `@FILE` among them replaced by that file's lines.
    public static func parse(_ words: [String]) throws(KafkaError) -> [String: String] {
        var properties: [String: String] = [:]
        for word in words {
            if word.hasPrefix("@") {
                let path = String(word.dropFirst())
                guard let content = try? String(contentsOfFile: path, encoding: .utf8) else {
                    throw KafkaError(.configuration, "the settings file \(path) cannot be read")
                }
                for line in content.split(whereSeparator: \.isNewline) {
                    let text = trimmed(line)
                    if text.isEmpty || text.hasPrefix("#") { continue }
                    try add(text, from: "in \(path)", to: &properties)
                }
            } else {
                try add(Substring(word), from: "of --kafka-config", to: &properties)
            }
        }
        return properties
    }

    /// Properties as `parse` reads them from a file.
    public static func lines(_ properties: [String: String]) -> String {
        properties.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
    }

    private static func add(_ text: Substring, from place: String, to properties: inout [String: String])
        throws(KafkaError)
    {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, !trimmed(sides[0]).isEmpty else {
            // The word may be a secret with its key forgotten, so it is not repeated.
            throw KafkaError(.configuration, "a setting \(place) is not of the form key=value")
        }
        properties[String(trimmed(sides[0]))] = String(trimmed(sides[1]))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let head = text.drop(while: \.isWhitespace)
        let end = head.lastIndex { !$0.isWhitespace }
        return end.map { head[...$0] } ?? ""
    }
}

extension KafkaConfiguration {
    /// All properties but the brokers.
    public var clientProperties: [String: String] { properties.filter { $0.key != "bootstrap.servers" } }
}
