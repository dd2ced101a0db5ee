internal import Glibc

/// Files that must outlive the machine's power.
public enum DurableFile {
    /// Brings a finished file onto the disk and gives it its name, in one step that others see whole or not at all.
    /// - Returns: its bytes.
    @discardableResult
    public static func publish(_ part: String, as path: String) throws(ImagingError) -> Int {
        let count = try sync(part)
        guard unsafe rename(part, path) == 0 else {
            throw .system(.unencodable, "cannot rename \(part) to \(path)", errno: errno)
        }
        return count
    }

    /// Waits until a file's bytes are on the disk.
    /// - Returns: its bytes.
    @discardableResult
    public static func sync(_ path: String) throws(ImagingError) -> Int {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(.unencodable, "cannot open \(path)", errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fdatasync(descriptor) == 0, unsafe fstat(descriptor, &status) == 0 else {
            throw .system(.unencodable, "cannot write \(path) to the disk", errno: errno)
        }
        return Int(status.st_size)
    }

    /// Whether the file at `path`, which may have to be made, could grow by a mebibyte. It does.
    static func hasRoom(_ path: String) -> Bool {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { return errno != ENOSPC && errno != EDQUOT }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return true }
        let result = posix_fallocate(descriptor, Int(status.st_size), 1 << 20)
        return result != ENOSPC && result != EDQUOT
    }
}
