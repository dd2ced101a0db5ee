internal import Glibc

/// How much space a disk has.
public struct DiskSpace: Sendable, Hashable {
    /// Bytes that this user may still write.
    public let free: Int
    public let size: Int

    /// Of the disk on which a folder is, or will be once it is made. Can wait for a disk.
    public static func free(at folder: String) -> DiskSpace? {
        var path = RawPath(folder)
        var disk = statvfs()
        while unsafe path.withCString({ unsafe statvfs($0, &disk) }) != 0 {
            guard errno == ENOENT, path.folder != path else { return nil }
            path = path.folder
        }
        return DiskSpace(free: Int(disk.f_bavail * disk.f_frsize), size: Int(disk.f_blocks * disk.f_frsize))
    }
}
