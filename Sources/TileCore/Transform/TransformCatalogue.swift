/// All transforms, in the order in which users see them. A new one needs its own file and a line here.
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

    /// The transforms that workers know whose heartbeats do not list any. They predate these lists, so never add one.
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
