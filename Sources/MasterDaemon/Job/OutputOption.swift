import TileCore

/// An option that only some formats of results have. The options `metadata` and `page` are not here: the one is for all
/// formats, the other for sources.
enum OutputOption: String, Sendable, CaseIterable {
    case quality, background, progressive, subsampling, level, compression, tiled, pyramid

    /// The formats that have the option, each with the compressions that it works with. An empty list means all of them.
    /// HTTP, `process` and the page use this table.
    var uses: [ImageFileFormat: [OutputEncoding.Compression]] {
        switch self {
        case .quality: [.jpeg: [], .webp: [], .tiff: [.jpeg]]
        // The formats without alpha.
        case .background: [.jpeg: []]
        case .progressive, .subsampling: [.jpeg: []]
        case .level: [.png: [], .tiff: [.deflate]]
        case .compression, .tiled, .pyramid: [.tiff: []]
        }
    }

    /// Whether the option changes a result of this format.
    /// - Parameter compression: the requested compression; `nil` is the default.
    func isFor(_ format: ImageFileFormat, _ compression: OutputEncoding.Compression?) -> Bool {
        guard let compressions = uses[format] else { return false }
        return compressions.isEmpty || compressions.contains(compression ?? OutputEncoding.defaultCompression)
    }

    /// Refuses options that none of the formats can use.
    /// - Throws: `ServiceError` that names the first such option.
    static func check(
        _ options: [OutputOption], for formats: [ImageFileFormat], _ compression: OutputEncoding.Compression?
    ) throws(ServiceError) {
        let compression = compression ?? OutputEncoding.defaultCompression
        for option in options where !formats.contains(where: { option.isFor($0, compression) }) {
            let results = formats.reduce(into: [String]()) { names, format in
                let name = format.name(with: option.uses[format] == nil ? [] : [compression])
                if !names.contains(name) { names.append(name) }
            }
            throw ServiceError(
                .badRequest, field: option.rawValue,
                "\(option.rawValue) is for \(option.formatList); the result is \(results.joined(separator: " or "))")
        }
    }

    /// The formats in words, as in `jpeg, webp and tiff with compression=jpeg`.
    private var formatList: String {
        let names = ImageFileFormat.allCases.compactMap { format in uses[format].map { format.name(with: $0) } }
        return names.count < 2
            ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }
}

extension ImageFileFormat {
    fileprivate func name(with compressions: [OutputEncoding.Compression]) -> String {
        guard self == .tiff, !compressions.isEmpty else { return rawValue }
        return "tiff with compression=" + compressions.map(\.rawValue).joined(separator: " or ")
    }
}
