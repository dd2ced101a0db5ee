internal import Glibc

/// The place of a file that exists or may be created: its folder and its name, with all links followed. Two places are
/// equal if their names are equal and their folders are the same, even if different paths led there.
public struct FilePlace: Sendable, Hashable {
    /// A path of the folder.
    public let folder: RawPath
    /// The folder's identity.
    public let folderIdentity: FileIdentity
    public let name: RawPath

    /// The facts of the file that is there now; `nil` if there is none.
    public func facts() throws(FileError) -> FileFacts? { try Folder(folder).facts(of: name) }

    /// Opens the folder.
    /// - Throws: if its path now leads to another folder.
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

    /// The kernel's limit of links to follow.
    private static let maximumLinks = 40

    /// Follows links at the end of `path` to a file, or to a name without a file.
    /// - Returns: the place, and the facts of the file that is there now.
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
