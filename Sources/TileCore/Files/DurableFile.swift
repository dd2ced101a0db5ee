internal import Glibc

/// Files that must outlive the machine's power.
public enum DurableFile {
    /// Brings a finished file onto the disk and gives it its name, in one step that others see whole or not at all.
    /// Afterwards the name is on the disk, too.
    /// - Returns: its bytes.
    @discardableResult
    public static func publish(_ part: String, as path: String) throws(FileError) -> Int {
        let count = try sync(part)
        guard unsafe rename(part, path) == 0 else {
            throw .system(errno, "cannot rename \(part) to \(path)")
        }
        try syncFolder(of: path)
        return count
    }

    /// A file's bytes.
    public static func size(_ path: String) throws(FileError) -> Int {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw .system(errno, "cannot examine \(path)")
        }
        return Int(status.st_size)
    }

    /// Waits until a file's bytes are on the disk.
    /// - Returns: its bytes.
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

    /// Waits until the name of the file or folder at `path` is on the disk. Until then a power failure can take a new
    /// or renamed file away, even if its bytes are on the disk. Does nothing when its folder does not allow that.
    public static func syncFolder(of path: String) throws(FileError) {
        try Folder(RawPath(path).folder).sync()
    }
}
