import TileCore

/// The destination of a result.
enum ProcessTarget: Sendable, Hashable {
    /// A name in an existing folder, with links followed.
    case file(FilePlace)
    /// A name in the folder that is made once everything was checked.
    case newFile(folder: RawPath, name: RawPath)
    /// A pipe or a device. It is written to and never replaced.
    case stream(RawPath)
    case standardOutput
}
