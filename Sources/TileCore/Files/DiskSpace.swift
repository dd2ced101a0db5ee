internal import Glibc

/// The free space and the size of a disk, in bytes.
public struct DiskSpace: Sendable, Hashable {
    /// Free bytes for this user.
    public let free: Int
    public let size: Int

    /// The space of the disk that has the folder, or will have it once it is created. Can wait for a disk.
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
