import TileCore

/// What is to be done with every image of a `process` command.
struct ProcessRequest: Sendable {
    let transforms: String?
    let format: ImageFileFormat?
    let quality: String?

    /// Reads what the command says.
    /// - Throws: `SettingsError` if it cannot be.
    init(transforms: String?, format: String?, quality: String?) throws {
        do throws(ServiceError) {
            let request = try JobRequest(
                filename: nil, transforms: transforms, format: format, quality: quality, idempotencyKey: nil)
            self.format = request.format
        } catch {
            throw SettingsError(error.detail)
        }
        self.transforms = transforms
        self.quality = quality
    }

    /// - Parameter format: by default, the source's.
    func request(named name: RawPath, as format: ImageFileFormat?) throws(ServiceError) -> JobRequest {
        try JobRequest(
            filename: "\(name)", transforms: transforms, format: format?.rawValue, quality: quality,
            idempotencyKey: nil)
    }

    /// The format of a source's result: the one that is named, that of the output's name, or the input's, which shows
    /// later if nothing has to be called after it (`nil`).
    func format(of source: ProcessSource, for naming: OutputNaming) throws -> ImageFileFormat? {
        if let format = format ?? naming.format { return format }
        guard naming.isFolder else {
            guard naming.takesFormatOfInput else {
                throw SettingsError("the output's name stands for no image format; name one with --format")
            }
            return nil
        }
        if let known = source.path.fileExtension.flatMap(ImageFileFormat.init(fileExtension:)) { return known }
        guard source.canBeReadTwice else {
            throw SettingsError(
                "the format of \(source.path.shownName) is not known beforehand; name the result's with --format")
        }
        // An image that cannot be read fails later and alone.
        let file = try? source.open(limit: 0, check: {})
        return file.flatMap { try? ImageHeader.read(path: $0.path) }?.fileFormat ?? .png
    }
}
