import Foundation
import TileCodecs
import TileCore

/// The options for reading a job's source and writing its result, apart from transforms, format and quality. An option
/// that is `nil` has its default. The job's row stores them as JSON.
struct JobOptions: Sendable, Hashable, Codable {
    var metadata: MetadataPolicy?
    /// Which image of a TIFF file, from 0.
    var page: Int?
    /// The color behind a transparent image if the format has no alpha.
    var background: BackgroundColor?
    var progressive: Bool?
    var subsampling: OutputEncoding.Subsampling?
    var level: Int?
    var compression: OutputEncoding.Compression?
    /// TIFF: tiles instead of strips.
    var tiled: Bool?
    /// TIFF: tiles, and overviews after the image.
    var pyramid: Bool?

    /// The names of the options in forms, queries and on the command line.
    static let names = [
        "metadata", "page", "background", "progressive", "subsampling", "level", "compression", "tiled",
        "pyramid",
    ]

    /// The side of a TIFF file's tiles, in pixels.
    static let tileSide = 512

    init() {}

    /// Reads the text fields of a form or a query. An empty field counts as missing. Only an empty `page` is an error,
    /// because the default, the first image, may not be the wanted one.
    init(_ field: (String) -> String?) throws(ServiceError) {
        func text(_ name: String) -> String? { field(name).flatMap { $0.isEmpty ? nil : $0 } }
        metadata = try Self.choice("metadata", text("metadata"), of: MetadataPolicy.self)
        page = try Self.number("page", field("page"), in: 0...999_999)
        if let color = text("background") {
            guard let known = BackgroundColor(color) else {
                throw ServiceError(
                    .badRequest, field: "background",
                    "background is '\(color.prefix(40))'; it takes six hexadecimal digits, as in ffcc00")
            }
            background = known
        }
        progressive = try Self.flag("progressive", text("progressive"))
        subsampling = try Self.choice("subsampling", text("subsampling"), of: OutputEncoding.Subsampling.self)
        level = try Self.number("level", text("level"), in: OutputEncoding.levels)
        compression = try Self.choice("compression", text("compression"), of: OutputEncoding.Compression.self)
        tiled = try Self.flag("tiled", text("tiled"))
        pyramid = try Self.flag("pyramid", text("pyramid"))
    }

    /// The requested options of results. `false` is the default, so it counts as not requested.
    func asked(quality: Int?) -> [OutputOption] {
        OutputOption.allCases.filter { option in
            switch option {
            case .quality: quality != nil
            case .background: background != nil
            case .progressive: progressive == true
            case .subsampling: subsampling != nil
            case .level: level != nil
            case .compression: compression != nil
            case .tiled: tiled == true
            case .pyramid: pyramid == true
            }
        }
    }

    /// - Throws: `ServiceError` if the result's format does not have a requested option.
    func check(for format: ImageFileFormat, quality: Int?) throws(ServiceError) {
        try OutputOption.check(asked(quality: quality), for: [format], compression)
    }

    /// - Throws: `ServiceError` if an option is not possible with these pixels.
    func check(_ pixels: PixelFormat) throws(ServiceError) {
        if compression == .jpeg, pixels.depth != .eight || pixels.hasAlpha {
            throw ServiceError(
                .formatCannotHold, field: "compression",
                "compression=jpeg takes 8 bits without alpha; the result has pixels of \(pixels)")
        }
    }

    /// The encoding of the result.
    func encoding(_ format: ImageFileFormat, quality: Int?) -> OutputEncoding {
        var encoding = OutputEncoding(fileFormat: format, quality: quality)
        encoding.isProgressive = progressive ?? false
        encoding.subsampling = subsampling ?? .halved
        encoding.level = level
        encoding.compression = compression ?? OutputEncoding.defaultCompression
        encoding.tileSide = tiled == true || pyramid == true ? Self.tileSide : nil
        encoding.isPyramid = pyramid ?? false
        return encoding
    }

    /// A text that is equal for equal options; empty for the defaults.
    var fingerprint: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard self != JobOptions(), let bytes = try? encoder.encode(self) else { return "" }
        return ";" + String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Text

    private static func choice<T: RawRepresentable & CaseIterable>(
        _ name: String, _ text: String?, of type: T.Type
    ) throws(ServiceError) -> T? where T.RawValue == String {
        guard let text else { return nil }
        guard let value = T(rawValue: text.lowercased()) else {
            let choices = T.allCases.map(\.rawValue).joined(separator: ", ")
            throw ServiceError(.badRequest, field: name, "\(name) is '\(text.prefix(40))'; there are \(choices)")
        }
        return value
    }

    private static func number(_ name: String, _ text: String?, in range: ClosedRange<Int>) throws(ServiceError) -> Int?
    {
        guard let text else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw ServiceError(
                .badRequest, field: name,
                "\(name) is '\(text.prefix(40))'; it takes \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func flag(_ name: String, _ text: String?) throws(ServiceError) -> Bool? {
        guard let text else { return nil }
        switch text.lowercased() {
        case "true", "1", "on", "yes": return true
        case "false", "0", "off", "no": return false
        default:
            throw ServiceError(.badRequest, field: name, "\(name) is '\(text.prefix(40))'; it takes true or false")
        }
    }
}
