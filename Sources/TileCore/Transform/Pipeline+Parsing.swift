internal import Foundation

extension Pipeline {
    /// The longest accepted text, in bytes. 32 steps with all their parameters are far shorter.
    static let maximumTextLength = 8192

    /// Parses either form: JSON if the text starts with a bracket or a brace, else `name:key=value,…`.
    public init(parsing text: String) throws(TransformError) {
        guard text.utf8.count <= Self.maximumTextLength else {
            throw TransformError(.malformed, "the transforms are longer than \(Self.maximumTextLength) bytes")
        }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let isJSON = trimmed.hasPrefix("[") || trimmed.hasPrefix("{")
        try self.init(isJSON ? Self.steps(json: trimmed) : Self.steps(text: trimmed))
    }

    private static func steps(text: String) throws(TransformError) -> [PipelineStep] {
        guard !text.isEmpty else { return [] }
        var steps: [PipelineStep] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: ":", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard let name = words.first, !name.isEmpty else {
                throw TransformError(
                    .malformed, "step \(steps.count + 1) is empty; write steps as 'invert,blur:ksize=5'")
            }
            steps.append(try PipelineStep(name: name, parameters: parameters(words.dropFirst(), of: name)))
        }
        return steps
    }

    private static func parameters(_ words: ArraySlice<String>, of step: String) throws(TransformError)
        -> [String: Double]
    {
        var parameters: [String: Double] = [:]
        let step = TransformCatalogue.excerpt(step)
        for word in words {
            let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, !sides[0].isEmpty else {
                let found = TransformCatalogue.excerpt(word)
                throw TransformError(.malformed, "\(step): '\(found)' is no parameter; write key=value")
            }
            let name = String(sides[0])
            guard let value = NumberText.parse(sides[1]) else {
                let (name, found) = (TransformCatalogue.excerpt(name), TransformCatalogue.excerpt(sides[1]))
                throw TransformError(.badValue, "\(step): \(name) is '\(found)', which is no number")
            }
            guard parameters.updateValue(value, forKey: name) == nil else {
                throw TransformError(.malformed, "\(step): \(TransformCatalogue.excerpt(name)) is given twice")
            }
        }
        return parameters
    }

    private static func steps(json: String) throws(TransformError) -> [PipelineStep] {
        let objects: [[String: JSONScalar]]
        do {
            objects = try OutsideJSON.decode([[String: JSONScalar]].self, from: json.utf8)
        } catch {
            throw TransformError(
                .malformed, "the transforms are no JSON array of steps like [{\"name\":\"blur\",\"ksize\":31}]")
        }
        var steps: [PipelineStep] = []
        for object in objects {
            guard case .text(let name)? = object["name"] else {
                throw TransformError(.malformed, "step \(steps.count + 1) has no \"name\"")
            }
            var parameters: [String: Double] = [:]
            for (key, value) in object where key != "name" {
                guard case .number(let number) = value else {
                    let step = TransformCatalogue.excerpt(name)
                    throw TransformError(.badValue, "\(step): \(TransformCatalogue.excerpt(key)) is no number")
                }
                parameters[key] = number
            }
            steps.append(try PipelineStep(name: name, parameters: parameters))
        }
        return steps
    }

    /// The kinds of values in a step's object.
    private enum JSONScalar: Decodable {
        case text(String)
        case number(Double)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }
}

/// Encoded as its description.
extension Pipeline: Codable {
    public init(from decoder: any Decoder) throws {
        self = try Pipeline(parsing: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
