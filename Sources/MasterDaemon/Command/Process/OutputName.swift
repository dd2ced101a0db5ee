import TileCore

/// How a result is called in a folder of results.
enum OutputName {
    /// The input's name as it is if it stands for the format already, as `a.JPEG` does for JPEG. The extension of
    /// another image format is replaced. Any other ending is a part of the name, and the extension comes behind it.
    static func of(_ input: RawPath, as format: ImageFileFormat) -> RawPath {
        let known = input.fileExtension.flatMap(ImageFileFormat.init(fileExtension:))
        if known == format { return input.name }
        let stem = known == nil ? input.name : input.stem
        return RawPath(stem.bytes + Array(".\(format.fileExtension)".utf8))
    }
}
