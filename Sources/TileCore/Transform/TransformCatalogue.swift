/// All transforms, in the order in which users see them. A new one is a file of its own and a line here.
public enum TransformCatalogue {
    public static let all: [any Transform.Type] = [
        Grayscale.self,
        Invert.self,
        Blur.self,
        Median.self,
        Sharpen.self,
        Emboss.self,
        Edges.self,
        Sepia.self,
        Brightness.self,
        Contrast.self,
        Threshold.self,
    ]

    /// Those that there were before workers said which ones they know: every worker knows them. Nothing is ever added.
    public static let original: Set<String> = [
        "grayscale", "invert", "blur", "median", "sharpen", "emboss", "edges", "sepia", "brightness", "contrast",
        "threshold",
    ]

    public static var names: Set<String> { Set(all.map { $0.descriptor.name }) }

    public static var descriptors: [TransformDescriptor] { all.map { $0.descriptor } }

    static func transform(named name: String) throws(TransformError) -> any Transform.Type {
        guard let type = all.first(where: { $0.descriptor.name == name }) else {
            let names = descriptors.map(\.name).joined(separator: ", ")
            throw TransformError(.unknownTransform, "there is no transform '\(excerpt(name))'; there are \(names)")
        }
        return type
    }

    /// A shortened quotation of untrusted text, for messages. It counts scalars, because a character has any number of
    /// them.
    static func excerpt(_ text: some StringProtocol) -> String {
        let start = String.UnicodeScalarView(text.unicodeScalars.prefix(40))
        return start.count < text.unicodeScalars.count ? String(start) + "…" : String(text)
    }
}
