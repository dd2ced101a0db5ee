internal import Glibc

/// Identifies a file independently of its names.
public struct FileIdentity: Sendable, Hashable {
    let device: UInt64
    let inode: UInt64
}

/// A file's metadata in the file system.
public struct FileFacts: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case file, folder, link, pipe, socket, device
    }

    public let identity: FileIdentity
    public let kind: Kind
    /// The permissions: the lowest twelve bits.
    public let mode: UInt32
    public let owner: UInt32
    public let group: UInt32
    /// In bytes.
    public let size: Int
    /// The time of the last write, in nanoseconds since 1970.
    public let modified: Int

    /// - Parameter followingLinks: if false, a link at the path's end is not followed.
    public static func of(_ path: RawPath, followingLinks: Bool = true) throws(FileError) -> FileFacts {
        try of(path, in: AT_FDCWD, followingLinks: followingLinks)
    }

    static func of(_ path: RawPath, in folder: Int32, followingLinks: Bool) throws(FileError) -> FileFacts {
        var status = stat()
        let flags = followingLinks ? 0 : AT_SYMLINK_NOFOLLOW
        guard unsafe path.withCString({ unsafe fstatat(folder, $0, &status, flags) }) == 0 else {
            throw .system(errno, "cannot look at \(path)")
        }
        return FileFacts(status)
    }

    static func of(descriptor: Int32) throws(FileError) -> FileFacts {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(errno, "cannot look at an open file") }
        return FileFacts(status)
    }

    private init(_ status: stat) {
        identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            case S_IFIFO: .pipe
            case S_IFSOCK: .socket
            default: .device
            }
        mode = status.st_mode & 0o7777
        owner = status.st_uid
        group = status.st_gid
        size = Int(status.st_size)
        modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    }

    /// Whether all users may read the file, by its mode.
    public var isOpenToAll: Bool { mode & 0o004 != 0 }

    /// Checks that this process may read the file at `path`.
    /// - Throws: the reason if it may not.
    public static func checkReadable(_ path: RawPath) throws(FileError) {
        guard unsafe path.withCString({ unsafe faccessat(AT_FDCWD, $0, R_OK, AT_EACCESS) }) == 0 else {
            throw .system(errno, "cannot read \(path)")
        }
    }

    /// The file that standard output is connected to.
    public static func ofStandardOutput() throws(FileError) -> FileFacts { try of(descriptor: STDOUT_FILENO) }
}
