import TileCore

/// Where a result goes.
enum ProcessTarget: Sendable, Hashable {
    /// A name in a folder that is there, links followed.
    case file(FilePlace)
    /// A name in the folder that is made once everything was checked.
    case newFile(folder: RawPath, name: RawPath)
    /// A pipe or a device, which is written to and never replaced.
    case stream(RawPath)
    case standardOutput
}
