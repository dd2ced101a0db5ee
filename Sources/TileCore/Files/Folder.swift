internal import Glibc

/// An open folder; closed with its last reference. Operations use the open folder, even if it is renamed meanwhile.
public final class Folder: Sendable {
    let descriptor: Int32
    public let facts: FileFacts
    private let shown: String

    /// An ASCII path by which this process reaches the folder.
    public var path: String { "/proc/self/fd/\(descriptor)" }

    public convenience init(_ path: RawPath) throws(FileError) {
        try self.init(path, in: AT_FDCWD)
    }

    init(_ path: RawPath, in folder: Int32) throws(FileError) {
        let flags = O_DIRECTORY | O_CLOEXEC
        var descriptor = unsafe path.withCString { unsafe openat(folder, $0, O_RDONLY | flags) }
        // A folder may be writable but not readable; then O_PATH (0o10000000), which Glibc's module hides, is enough.
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

    /// The facts of the file or link with this name; `nil` if there is none.
    public func facts(of name: RawPath) throws(FileError) -> FileFacts? {
        do throws(FileError) {
            return try FileFacts.of(name, in: descriptor, followingLinks: false)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// The path that a link points to.
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

    /// The maximum length of a file name, in bytes.
    public var longestName: Int {
        let limit = fpathconf(descriptor, Int32(_PC_NAME_MAX))
        return limit > 0 ? limit : 255
    }

    /// Checks that this process can create files here.
    /// - Throws: the reason if it cannot.
    public func checkWritable() throws(FileError) {
        guard unsafe faccessat(descriptor, ".", W_OK | X_OK, AT_EACCESS) == 0 else {
            throw .system(errno, "cannot write into the folder \(shown)")
        }
    }

    /// Checks that the file of this name may be replaced. It must be writable, as for a program that writes into it.
    /// - Throws: the reason if it may not.
    public func checkReplaceable(_ name: RawPath, _ file: FileFacts) throws(FileError) {
        guard unsafe name.withCString({ unsafe faccessat(descriptor, $0, W_OK, AT_EACCESS) }) == 0 else {
            throw .system(errno, "cannot replace \(name)")
        }
        let isOwn = [0, facts.owner, file.owner].contains(geteuid()) || geteuid() == 0
        guard facts.mode & UInt32(S_ISVTX) == 0 || isOwn else {
            throw FileError("cannot replace \(name): it belongs to another user, and the folder has the sticky bit")
        }
    }

    /// Waits until the folder's names are on the disk.
    public func sync() throws(FileError) {
        // EBADF: a folder that was opened with O_PATH cannot be synced. EINVAL: the file system does not support it.
        guard fsync(descriptor) == 0 || [EBADF, EINVAL].contains(errno) else {
            throw .system(errno, "cannot write the folder \(shown) to the disk")
        }
    }

    /// Creates the folder, and missing folders on the way to it. Leaves an existing folder as it is.
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

    /// - Returns: the error number, 0 for success.
    private static func makeOne(_ path: RawPath) -> Int32 {
        unsafe path.withCString { unsafe mkdir($0, 0o777) } == 0 ? 0 : errno
    }
}
