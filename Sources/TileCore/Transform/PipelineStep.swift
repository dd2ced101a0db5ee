/// A requested step: the transform's name, the given parameters, and the transform made from them.
public struct PipelineStep: Sendable {
    public let name: String
    /// The given parameters, in the order of the descriptor.
    public let given: [(name: String, value: Double)]
    public let transform: any Transform

    /// Looks up the transform and checks the parameters.
    public init(name: String, parameters: [String: Double]) throws(TransformError) {
        let type = try TransformCatalogue.transform(named: name)
        let declared = type.descriptor.parameters
        if let unknown = parameters.keys.sorted().first(where: { key in !declared.contains { $0.name == key } }) {
            let names = declared.map(\.name).joined(separator: ", ")
            throw TransformError(
                .unknownParameter,
                "\(name) has no parameter '\(TransformCatalogue.excerpt(unknown))'; "
                    + (declared.isEmpty ? "it takes none" : "it takes \(names)"))
        }
        for parameter in declared {
            guard let value = parameters[parameter.name], !parameter.accepts(value) else { continue }
            throw TransformError(
                .badValue, "\(name): \(parameter.name) is \(NumberText.of(value)); it takes \(parameter.allowed)")
        }
        let values = Dictionary(
            uniqueKeysWithValues: declared.map { ($0.name, parameters[$0.name] ?? $0.defaultValue) })
        self.name = name
        given = declared.compactMap { parameter in parameters[parameter.name].map { (parameter.name, $0) } }
        transform = try type.init(ParameterValues(validated: values))
    }
}

extension PipelineStep: CustomStringConvertible {
    /// The text form, as in `blur:ksize=31`.
    public var description: String {
        ([name] + given.map { "\($0.name)=\(NumberText.of($0.value))" }).joined(separator: ":")
    }
}
