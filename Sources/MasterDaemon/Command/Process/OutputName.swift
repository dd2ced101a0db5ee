import TileCore

/// The name of a result in a folder of results.
enum OutputName {
    /// The input's name, unchanged if it already has an extension of the format (`a.JPEG` for JPEG). The extension of
    /// another image format is replaced. Any other ending belongs to the name, and the extension is appended.
    static func of(_ input: RawPath, as format: ImageFileFormat) -> RawPath {
        let known = input.fileExtension.flatMap(ImageFileFormat.init(fileExtension:))
        if known == format { return input.name }
        let stem = known == nil ? input.name : input.stem
        return RawPath(stem.bytes + Array(".\(format.fileExtension)".utf8))
    }
}
