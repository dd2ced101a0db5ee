internal import Glibc

/// A file that is being made and has not its name yet.
///
/// It is made in a folder of its own beside its place: no name of a user's file can meet it, nobody else can look into
/// it before its permissions are known, and it takes its name in one step that others see whole or not at all. Whoever
/// is told of it by its path may write it in any way.
public final class OutputFile: Sendable {
    private let folder: Folder
    private let ownName: RawPath
    private let own: Folder
    private let partName: RawPath

    /// A path of ASCII characters at which nothing is yet, to write the file to.
    public var part: String { "\(own.path)/\(partName)" }

    /// - Parameter fileExtension: what `part` ends in, behind a dot.
    public init(in folder: Folder, fileExtension: String) throws(FileError) {
        self.folder = folder
        partName = RawPath("\(Self.partStem)\(fileExtension)")
        (own, ownName) = try Self.makeOwn(in: folder)
    }

    static let partStem = "part."

    /// Makes a folder and locks it, which tells others that its maker lives.
    private static func makeOwn(in folder: Folder) throws(FileError) -> (Folder, RawPath) {
        while true {
            let name = TemporaryName.make()
            guard unsafe name.withCString({ unsafe mkdirat(folder.descriptor, $0, 0o700) }) == 0 else {
                throw .system(errno, "cannot make a file in the folder of the output")
            }
            // Whatever the umask takes away.
            _ = unsafe name.withCString { unsafe fchmodat(folder.descriptor, $0, 0o700, 0) }
            do throws(FileError) {
                let own = try Folder(name, in: folder.descriptor)
                // Before it is locked, another process may take it for abandoned, and remove it.
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
        // File systems without locks: nobody else takes it for abandoned there, since that needs the lock, too.
        case ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL: return true
        default: throw .system(errno, "cannot lock a folder beside the output")
        }
    }

    deinit { abandon() }

    /// Removes what was written so far. Whatever was published stays.
    public func abandon() {
        // Again while its writer, who may not have been stopped, makes it anew in between.
        repeat {
            _ = unsafe partName.withCString { unsafe unlinkat(own.descriptor, $0, 0) }
            guard unsafe ownName.withCString({ unsafe unlinkat(folder.descriptor, $0, AT_REMOVEDIR) }) != 0,
                errno == ENOTEMPTY
            else { return }
        } while unsafe partName.withCString({ unsafe faccessat(own.descriptor, $0, F_OK, 0) }) == 0
    }

    /// Takes the finished file out of the folder: it has no name any more and goes with its last reference.
    public func takeUnnamed() throws(FileError) -> OpenFile {
        let file = try finished()
        abandon()
        return file
    }

    /// Brings the finished file onto the disk and gives it its name. A file that has this name is replaced, and its
    /// permissions are kept; so are its owner and its group, if this process may give files away.
    /// - Parameter mayReplace: asked for the file that is there, just before it is replaced; what it throws ends it.
    /// - Returns: which file it is.
    public func publish(as name: RawPath, mayReplace: (FileFacts) throws(FileError) -> Void) throws(FileError)
        -> FileIdentity
    {
        let identity = try complete(as: name)
        try takeName(name, mayReplace: mayReplace)
        try settle()
        return identity
    }

    /// The first part of `publish`: brings the finished file onto the disk, with the permissions of the file that it is
    /// to replace.
    /// - Returns: which file it is.
    public func complete(as name: RawPath) throws(FileError) -> FileIdentity {
        let file = try finished()
        if let old = try folder.facts(of: name) {
            guard old.kind == .file else { throw FileError("cannot replace \(name): it is a \(old.kind.rawValue)") }
            try keepPermissions(of: old, file)
        }
        guard fsync(file.descriptor) == 0 else { throw .system(errno, "cannot write \(name) to the disk") }
        return file.facts.identity
    }

    /// The second part of `publish`, which takes no time: asks, and gives the file its name.
    public func takeName(_ name: RawPath, mayReplace: (FileFacts) throws(FileError) -> Void) throws(FileError) {
        if let old = try folder.facts(of: name) { try mayReplace(old) }
        let result = unsafe partName.withCString { part in
            unsafe name.withCString { name in unsafe renameat(own.descriptor, part, folder.descriptor, name) }
        }
        guard result == 0 else { throw .system(errno, "cannot give the file its name \(name)") }
    }

    /// The last part of `publish`: brings the name onto the disk.
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
            // What the old group was allowed is not this one's: it gets what all others have.
            let others = mode & 0o007
            mode = mode & 0o707 | mode & others << 3
        }
        guard fchmod(file.descriptor, mode) == 0 else {
            throw .system(errno, "cannot keep the permissions of the old file")
        }
    }
}
