internal import Glibc

/// Operations for files that must survive a power failure.
public enum DurableFile {
    /// Syncs a finished file to the disk, then renames it atomically and syncs the name.
    /// - Returns: the file's size in bytes.
    @discardableResult
    public static func publish(_ part: String, as path: String) throws(FileError) -> Int {
        let count = try sync(part)
        guard unsafe rename(part, path) == 0 else {
            throw .system(errno, "cannot rename \(part) to \(path)")
        }
        try syncFolder(of: path)
        return count
    }

    /// A file's size in bytes.
    public static func size(_ path: String) throws(FileError) -> Int {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw .system(errno, "cannot examine \(path)")
        }
        return Int(status.st_size)
    }

    /// Waits until a file's bytes are on the disk.
    /// - Returns: the file's size in bytes.
    @discardableResult
    public static func sync(_ path: String) throws(FileError) -> Int {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno, "cannot open \(path)") }
        defer { close(descriptor) }
        var status = stat()
        guard fdatasync(descriptor) == 0, unsafe fstat(descriptor, &status) == 0 else {
            throw .system(errno, "cannot write \(path) to the disk")
        }
        return Int(status.st_size)
    }

    /// Waits until the name of the file or folder at `path` is on the disk. Before that, a power failure can undo a
    /// creation or renaming, even if the bytes are on the disk. Does nothing if the folder cannot be synced.
    public static func syncFolder(of path: String) throws(FileError) {
        try Folder(RawPath(path).folder).sync()
    }
}
