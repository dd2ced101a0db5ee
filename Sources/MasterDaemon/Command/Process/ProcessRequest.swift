import TileCodecs
import TileCore

/// The request for every image of a `process` command.
struct ProcessRequest: Sendable {
    let format: ImageFileFormat?
    private let fields: [String: String]
    /// The given options that only some formats have.
    private let asked: [OutputOption]
    private let compression: OutputEncoding.Compression?

    /// Parses the options of the command.
    /// - Parameter fields: as in a form: `transforms`, `format`, `quality` and those of `JobOptions`.
    /// - Throws: `SettingsError` if an option is not valid.
    init(_ fields: [String: String]) throws {
        do throws(ServiceError) {
            let request = try JobRequest(filename: nil) { fields[$0] }
            format = request.format
            asked = request.options.asked(quality: request.quality)
            compression = request.options.compression
        } catch {
            throw SettingsError(error.detail)
        }
        self.fields = fields
    }

    /// Refuses options that no result can use. Refuses nothing while the format of a result is not known.
    /// - Parameter formats: the formats of all results.
    /// - Throws: `SettingsError` that names the option.
    func check(for formats: [ImageFileFormat?]) throws {
        let known = formats.compactMap { $0 }
        guard known.count == formats.count else { return }
        do throws(ServiceError) {
            try OutputOption.check(asked, for: known, compression)
        } catch {
            throw SettingsError(error.detail)
        }
    }

    /// The request for one image, without options that are for other formats.
    /// - Parameter format: the result's format; by default, the source's.
    func request(named name: RawPath, as format: ImageFileFormat?) throws(ServiceError) -> JobRequest {
        try JobRequest(filename: "\(name)") { field in
            if field == "format" { return format?.rawValue }
            if let format, let option = OutputOption(rawValue: field), !option.isFor(format, compression) { return nil }
            return fields[field]
        }
    }

    /// The format of a source's result: the given one, else that of the output's name, else the input's.
    /// - Returns: `nil` if the format is known only later, and no name depends on it.
    func format(of source: ProcessSource, for naming: OutputNaming) throws -> ImageFileFormat? {
        if let format = format ?? naming.format { return format }
        guard naming.isFolder else {
            guard naming.takesFormatOfInput else {
                throw SettingsError("the output's name has no extension of an image format; set --format")
            }
            return nil
        }
        if let known = source.path.fileExtension.flatMap(ImageFileFormat.init(fileExtension:)) { return known }
        guard source.canBeReadTwice else {
            throw SettingsError(
                "the format of \(source.path.shownName) is not known beforehand; set the result's with --format")
        }
        // An image that cannot be read is reported later, and the other images are processed.
        let file = try? source.open(limit: 0, check: {})
        return file.flatMap { try? ImageHeader.read(path: $0.path) }?.fileFormat ?? .png
    }
}
