internal import Glibc

/// An open folder; closed with its last reference. What is done in it is done there, even if its name changes.
public final class Folder: Sendable {
    let descriptor: Int32
    public let facts: FileFacts
    private let shown: String

    /// A path of ASCII characters by which this process reaches the folder.
    public var path: String { "/proc/self/fd/\(descriptor)" }

    public convenience init(_ path: RawPath) throws(FileError) {
        try self.init(path, in: AT_FDCWD)
    }

    init(_ path: RawPath, in folder: Int32) throws(FileError) {
        let flags = O_DIRECTORY | O_CLOEXEC
        var descriptor = unsafe path.withCString { unsafe openat(folder, $0, O_RDONLY | flags) }
        // One may be allowed to write into a folder and not to list it. Glibc's module hides O_PATH.
        if descriptor < 0, errno == EACCES {
            descriptor = unsafe path.withCString { unsafe openat(folder, $0, 0o10_000_000 | flags) }
        }
        guard descriptor >= 0 else { throw .system(errno, "cannot open the folder \(path)") }
        do throws(FileError) {
            facts = try FileFacts.of(descriptor: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        shown = "\(path)"
    }

    deinit { close(descriptor) }

    /// What has this name in the folder, a link itself; `nil` if nothing has it.
    public func facts(of name: RawPath) throws(FileError) -> FileFacts? {
        do throws(FileError) {
            return try FileFacts.of(name, in: descriptor, followingLinks: false)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// The path that a link names.
    public func destination(ofLink name: RawPath) throws(FileError) -> RawPath {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe name.withCString { name in
            unsafe buffer.withUnsafeMutableBytes { buffer in
                guard let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return 0 }
                return unsafe readlinkat(descriptor, name, start, buffer.count)
            }
        }
        guard count > 0 else { throw .system(errno, "cannot read the link \(name)") }
        return RawPath(buffer[..<count])
    }

    /// The longest name of a file, in bytes.
    public var longestName: Int {
        let limit = fpathconf(descriptor, Int32(_PC_NAME_MAX))
        return limit > 0 ? limit : 255
    }

    /// Whether files can be made here, by this process.
    /// - Throws: the reason if they cannot.
    public func checkWritable() throws(FileError) {
        guard unsafe faccessat(descriptor, ".", W_OK | X_OK, AT_EACCESS) == 0 else {
            throw .system(errno, "cannot write into the folder \(shown)")
        }
    }

    /// Whether the file of this name may be replaced: by its own permissions, as for a program that writes into it.
    /// - Throws: the reason if it may not.
    public func checkReplaceable(_ name: RawPath, _ file: FileFacts) throws(FileError) {
        guard unsafe name.withCString({ unsafe faccessat(descriptor, $0, W_OK, AT_EACCESS) }) == 0 else {
            throw .system(errno, "cannot replace \(name)")
        }
        let isOwn = [0, facts.owner, file.owner].contains(geteuid()) || geteuid() == 0
        guard facts.mode & UInt32(S_ISVTX) == 0 || isOwn else {
            throw FileError("cannot replace \(name): it is another user's, in a folder of everyone's")
        }
    }

    /// Waits until the folder's names are on the disk.
    public func sync() throws(FileError) {
        // Of a folder that cannot be listed nothing can be synced, and some file systems know no such thing.
        guard fsync(descriptor) == 0 || [EBADF, EINVAL].contains(errno) else {
            throw .system(errno, "cannot write the folder \(shown) to the disk")
        }
    }

    /// Makes the folder, and those that are missing on the way to it; one that is there is left as it is.
    public static func make(_ path: RawPath) throws(FileError) {
        var number = makeOne(path)
        if number == ENOENT, !path.isDots, !path.folder.isDots {
            try make(path.folder)
            number = makeOne(path)
        }
        if number == EEXIST, (try? FileFacts.of(path))?.kind == .folder { return }
        guard number == 0 else { throw .system(number, "cannot make the folder \(path)") }
        try Folder(path.folder).sync()
    }

    /// - Returns: the system's number for what went wrong, 0 if nothing did.
    private static func makeOne(_ path: RawPath) -> Int32 {
        unsafe path.withCString { unsafe mkdir($0, 0o777) } == 0 ? 0 : errno
    }
}
