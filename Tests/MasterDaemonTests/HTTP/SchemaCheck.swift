import Yams

@testable import MasterDaemon

/// Checks values against the schemas of the API's description. It supports the part of JSON Schema 2020-12 that the
/// description uses. An unknown keyword is an error, so that no keyword is silently ignored.
struct SchemaCheck {
    /// Keywords without effect on validity.
    private static let remarks: Set<String> = ["description", "examples", "example", "default", "title", "format"]

    let document: [String: Any]
    /// The properties that occurred, by the path of their object from its named schema.
    private(set) var seen: [String: Set<String>] = [:]
    private(set) var errors: [String] = []

    init() throws {
        document = try Yams.load(yaml: OpenAPIDocument.text) as? [String: Any] ?? [:]
    }

    /// Follows names from the root of the description.
    func at(_ path: String...) -> Any? {
        path.reduce(document as Any?) { node, name in (node as? [String: Any])?[name] }
    }

    /// - Parameter json: text. It is parsed as YAML, which contains JSON, because that parser distinguishes numbers and
    ///   booleans.
    mutating func check(json: String, against schema: String) throws {
        guard let value = try Yams.load(yaml: json) else { return errors.append("\(schema): no value") }
        check(value, against: schema)
    }

    mutating func check(_ value: Any, against schema: String) {
        check(value, ["$ref": "#/components/schemas/\(schema)"], at: schema)
    }

    private mutating func check(_ value: Any, _ schema: [String: Any], at place: String) {
        for (keyword, rule) in schema where !Self.remarks.contains(keyword) {
            if !isKept(rule, keyword, by: value, schema, at: place) {
                errors.append("\(place): \(value) breaks \(keyword) \(rule)")
            }
        }
    }

    private mutating func isKept(
        _ rule: Any, _ keyword: String, by value: Any, _ schema: [String: Any], at place: String
    ) -> Bool {
        switch keyword {
        case "$ref": return follow(rule, value)
        case "type":
            let names = (rule as? [String]) ?? [rule as? String ?? ""]
            return names.contains { Self.isOfType(value, $0) }
        case "enum": return (rule as? [Any])?.contains { "\($0)" == "\(value)" } == true
        case "const": return "\(rule)" == "\(value)"
        case "minimum": return Self.number(value).map { $0 >= Self.number(rule) ?? .infinity } ?? true
        case "maximum": return Self.number(value).map { $0 <= Self.number(rule) ?? -.infinity } ?? true
        case "minLength": return (value as? String).map { $0.count >= rule as? Int ?? .max } ?? true
        case "maxLength": return (value as? String).map { $0.count <= rule as? Int ?? .min } ?? true
        case "pattern":
            guard let text = value as? String else { return true }
            guard let pattern = try? Regex(rule as? String ?? "[") else { return false }
            return (try? pattern.firstMatch(in: text)) != nil
        case "maxItems": return (value as? [Any]).map { $0.count <= rule as? Int ?? .min } ?? true
        case "items":
            for item in value as? [Any] ?? [] { check(item, rule as? [String: Any] ?? [:], at: "\(place)[]") }
            return true
        case "required":
            guard let object = value as? [String: Any] else { return true }
            return (rule as? [String])?.allSatisfy { object[$0] != nil } == true
        case "properties":
            let object = value as? [String: Any] ?? [:]
            seen[place, default: []].formUnion(object.keys)
            for (name, part) in rule as? [String: Any] ?? [:] {
                if let field = object[name] { check(field, part as? [String: Any] ?? [:], at: "\(place).\(name)") }
            }
            return true
        case "additionalProperties":
            let others = (value as? [String: Any] ?? [:]).filter { name, _ in
                (schema["properties"] as? [String: Any])?[name] == nil
            }
            guard let part = rule as? [String: Any] else { return rule as? Bool == true || others.isEmpty }
            for (name, field) in others { check(field, part, at: "\(place).\(name)") }
            return true
        default: return false
        }
    }

    private mutating func follow(_ reference: Any, _ value: Any) -> Bool {
        let path = (reference as? String ?? "").split(separator: "/").dropFirst().map(String.init)
        let target = path.reduce(document as Any?) { node, name in (node as? [String: Any])?[name] }
        guard let schema = target as? [String: Any], let name = path.last else { return false }
        check(value, schema, at: name)
        return true
    }

    private static func isOfType(_ value: Any, _ name: String) -> Bool {
        switch name {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": value is Bool
        case "integer": value is Int
        case "number": value is Int || value is Double
        case "null": "\(value)".contains("null") || "\(value)".contains("NSNull")
        default: false
        }
    }

    private static func number(_ value: Any) -> Double? { (value as? Double) ?? (value as? Int).map(Double.init) }

    /// Properties that a used schema has and that no value had.
    func unseen() -> [String] {
        seen.keys.sorted().flatMap { place -> [String] in
            let parts = place.split(separator: ".").map { String($0.replacing("[]", with: "")) }
            var node = at("components", "schemas", parts[0])
            for part in parts.dropFirst() {
                node = ((node as? [String: Any])?["properties"] as? [String: Any])?[part]
            }
            let names = ((node as? [String: Any])?["properties"] as? [String: Any] ?? [:]).keys
            return names.filter { seen[place]?.contains($0) == false }.sorted().map { "\(place).\($0)" }
        }
    }
}
