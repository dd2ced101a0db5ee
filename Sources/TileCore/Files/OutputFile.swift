internal import Glibc

/// An output file that gets its name once it is complete.
///
/// The file is written in a private temporary folder next to its final place. So it cannot collide with a user's files,
/// other users cannot read it before it has its permissions, and it gets its name in one atomic step. Any code may
/// write to its path `part`.
public final class OutputFile: Sendable {
    private let folder: Folder
    private let ownName: RawPath
    private let own: Folder
    private let partName: RawPath

    /// The ASCII path to write the file to. It does not exist at first.
    public var part: String { "\(own.path)/\(partName)" }

    /// - Parameter fileExtension: the extension of `part`, without the dot.
    public init(in folder: Folder, fileExtension: String) throws(FileError) {
        self.folder = folder
        partName = RawPath("\(Self.partStem)\(fileExtension)")
        (own, ownName) = try Self.makeOwn(in: folder)
    }

    static let partStem = "part."

    /// Creates a folder and locks it. The lock shows that this process lives.
    private static func makeOwn(in folder: Folder) throws(FileError) -> (Folder, RawPath) {
        while true {
            let name = TemporaryName.make()
            guard unsafe name.withCString({ unsafe mkdirat(folder.descriptor, $0, 0o700) }) == 0 else {
                throw .system(errno, "cannot make a file in the folder of the output")
            }
            // Restores permissions that the umask has removed.
            _ = unsafe name.withCString { unsafe fchmodat(folder.descriptor, $0, 0o700, 0) }
            do throws(FileError) {
                let own = try Folder(name, in: folder.descriptor)
                // Before the lock, another process may have taken the folder for abandoned and removed it.
                if try lock(own), try folder.facts(of: name)?.identity == own.facts.identity { return (own, name) }
            } catch {
                guard error.isMissing else {
                    _ = unsafe name.withCString { unsafe unlinkat(folder.descriptor, $0, AT_REMOVEDIR) }
                    throw error
                }
            }
            _ = unsafe name.withCString { unsafe unlinkat(folder.descriptor, $0, AT_REMOVEDIR) }
        }
    }

    /// - Returns: false if another process has the lock.
    private static func lock(_ own: Folder) throws(FileError) -> Bool {
        if flock(own.descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        switch errno {
        case EWOULDBLOCK: return false
        // The file system has no locks. Then no process removes abandoned folders, because that needs the lock as well.
        case ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL: return true
        default: throw .system(errno, "cannot lock the temporary folder next to the output")
        }
    }

    deinit { abandon() }

    /// Removes the unfinished file. A published file stays.
    public func abandon() {
        // Repeats while a writer that still runs creates the file again.
        repeat {
            _ = unsafe partName.withCString { unsafe unlinkat(own.descriptor, $0, 0) }
            guard unsafe ownName.withCString({ unsafe unlinkat(folder.descriptor, $0, AT_REMOVEDIR) }) != 0,
                errno == ENOTEMPTY
            else { return }
        } while unsafe partName.withCString({ unsafe faccessat(own.descriptor, $0, F_OK, 0) }) == 0
    }

    /// Removes the finished file's name and returns the open file. The kernel frees it with its last reference.
    public func takeUnnamed() throws(FileError) -> OpenFile {
        let file = try finished()
        abandon()
        return file
    }

    /// Syncs the finished file to the disk and gives it its name. Replaces an existing file of this name and keeps its
    /// permissions, as well as its owner and group if this process may change them.
    /// - Parameter mayReplace: called with an existing file just before it is replaced; if it throws, the file stays.
    /// - Returns: the new file's identity.
    public func publish(as name: RawPath, mayReplace: (FileFacts) throws(FileError) -> Void) throws(FileError)
        -> FileIdentity
    {
        let identity = try complete(as: name)
        try takeName(name, mayReplace: mayReplace)
        try settle()
        return identity
    }

    /// The first part of `publish`: syncs the finished file to the disk, with the permissions of the file that it will
    /// replace.
    /// - Returns: the new file's identity.
    public func complete(as name: RawPath) throws(FileError) -> FileIdentity {
        let file = try finished()
        if let old = try folder.facts(of: name) {
            guard old.kind == .file else { throw FileError("cannot replace \(name): it is a \(old.kind.rawValue)") }
            try keepPermissions(of: old, file)
        }
        guard fsync(file.descriptor) == 0 else { throw .system(errno, "cannot write \(name) to the disk") }
        return file.facts.identity
    }

    /// The second part of `publish`, which is fast: asks `mayReplace`, and renames the file.
    public func takeName(_ name: RawPath, mayReplace: (FileFacts) throws(FileError) -> Void) throws(FileError) {
        if let old = try folder.facts(of: name) { try mayReplace(old) }
        let result = unsafe partName.withCString { part in
            unsafe name.withCString { name in unsafe renameat(own.descriptor, part, folder.descriptor, name) }
        }
        guard result == 0 else { throw .system(errno, "cannot give the file its name \(name)") }
    }

    /// The last part of `publish`: syncs the name to the disk.
    public func settle() throws(FileError) {
        abandon()
        try folder.sync()
    }

    private func finished() throws(FileError) -> OpenFile {
        let descriptor = unsafe partName.withCString { name in
            unsafe openat(own.descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        }
        guard descriptor >= 0 else { throw .system(errno, "the result was not written") }
        let file = try OpenFile(adopting: descriptor)
        guard file.facts.kind == .file else { throw FileError("the result is no file") }
        return file
    }

    private func keepPermissions(of old: FileFacts, _ file: OpenFile) throws(FileError) {
        var mode = old.mode & 0o777
        if fchown(file.descriptor, old.owner, old.group) != 0, fchown(file.descriptor, .max, old.group) != 0 {
            // The old group could not be kept. The new group gets the permissions of others, not those of the old
            // group.
            let others = mode & 0o007
            mode = mode & 0o707 | mode & others << 3
        }
        guard fchmod(file.descriptor, mode) == 0 else {
            throw .system(errno, "cannot keep the permissions of the old file")
        }
    }
}
