internal import Glibc

/// Where a file is or would be: its name, and the folder that it is in, all links followed. Two places are equal if the
/// folder is the same one, by whatever path, and the names are.
public struct FilePlace: Sendable, Hashable {
    /// A path of the folder.
    public let folder: RawPath
    /// Which folder it is.
    public let folderIdentity: FileIdentity
    public let name: RawPath

    /// What is there now; `nil` if nothing is.
    public func facts() throws(FileError) -> FileFacts? { try Folder(folder).facts(of: name) }

    /// Opens the folder.
    /// - Throws: if its path leads to another one by now.
    public func openFolder() throws(FileError) -> Folder {
        let opened = try Folder(folder)
        guard opened.facts.identity == folderIdentity else { throw FileError("the folder \(folder) was replaced") }
        return opened
    }

    public static func == (one: FilePlace, other: FilePlace) -> Bool {
        one.folderIdentity == other.folderIdentity && one.name == other.name
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(folderIdentity)
        hasher.combine(name)
    }

    /// As many links as the kernel follows.
    private static let maximumLinks = 40

    /// Follows the links that `path` ends in, to a file or to a name that no file has yet.
    /// - Returns: the place, and what is there now.
    public static func following(_ path: RawPath) throws(FileError) -> (FilePlace, FileFacts?) {
        var path = path
        for _ in 0...maximumLinks {
            guard !path.isDots, !path.endsInSlash else { throw FileError("\(path) is a folder") }
            let folder = try Folder(path.folder)
            let facts = try folder.facts(of: path.name)
            guard facts?.kind == .link else {
                let place = FilePlace(
                    folder: path.folder, folderIdentity: folder.facts.identity, name: path.name)
                return (place, facts)
            }
            path = path.folder.appending(try folder.destination(ofLink: path.name))
        }
        throw .system(ELOOP, "cannot follow the links of \(path)")
    }
}
