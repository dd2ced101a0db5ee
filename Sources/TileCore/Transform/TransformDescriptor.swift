/// The description of a transform, with everything that a form, a help page or an API needs to offer it.
public struct TransformDescriptor: Sendable, Hashable {
    public let name: String
    public let title: String
    /// One line on what it does.
    public let summary: String
    public let parameters: [TransformParameter]
    /// Whether a tiled image equals the whole image in every byte.
    public let isExact: Bool

    public init(
        _ name: String, title: String, _ summary: String, parameters: [TransformParameter] = [], isExact: Bool = true
    ) {
        self.name = name
        self.title = title
        self.summary = summary
        self.parameters = parameters
        self.isExact = isExact
    }
}
