import Foundation
import Yams

/// Converts YAML to JSON. Keys keep their order, which dictionaries would lose.
enum YAMLAsJSON {
    /// - Throws: `YamlError` if the text is not YAML, `DecodingError` if it has something that JSON cannot express.
    static func text(of yaml: String) throws -> String {
        guard let top = try Yams.compose(yaml: yaml) else { return "null" }
        return try text(of: top)
    }

    private static func text(of node: Node) throws -> String {
        switch node {
        case .mapping(let mapping):
            let fields = try mapping.map { key, value in
                guard case .scalar(let name) = key else { throw unknown("a key that is not a text") }
                return try "\(quoted(name.string)):\(text(of: value))"
            }
            return "{\(fields.joined(separator: ","))}"
        case .sequence(let sequence): return "[\(try sequence.map(text).joined(separator: ","))]"
        case .scalar(let scalar): return try text(of: scalar, node)
        case .alias: throw unknown("an alias")
        }
    }

    private static func text(of scalar: Node.Scalar, _ node: Node) throws -> String {
        switch node.tag.description {
        case Tag.Name.str.rawValue: return try quoted(scalar.string)
        case Tag.Name.null.rawValue: return "null"
        case Tag.Name.bool.rawValue: if let value = node.bool { return "\(value)" }
        case Tag.Name.int.rawValue: if let value = node.int { return "\(value)" }
        case Tag.Name.float.rawValue: if let value = node.float, value.isFinite { return "\(value)" }
        default: break
        }
        throw unknown("'\(scalar.string)', which is not a text, number or truth value")
    }

    private static func quoted(_ text: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(text), as: UTF8.self)
    }

    private static func unknown(_ what: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: [], debugDescription: "JSON cannot hold \(what)"))
    }
}
