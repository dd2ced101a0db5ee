internal import Glibc

/// A canvas belongs to one job at a time, but its file can be reused for another job
/// (`create(path:size:format:from:)`). A process that is not the owner holds the canvas while it touches its pixels,
/// and the file is not reused until all holds are released. When a process ends, the kernel releases its holds.
extension Canvas {
    /// Opens another owner's canvas and holds it, until it is released or closed.
    /// - Throws: `ImagingError` if it does not exist, has another size, or is being reused for another job.
    public static func holding(path: String, size: PixelSize, format: PixelFormat) throws(ImagingError) -> Canvas {
        let canvas = try open(path: path, size: size, format: format)
        guard canvas.hold() else { throw ImagingError(.canvas, "\(path) is not that canvas any more") }
        return canvas
    }

    /// Prevents the reuse of the file. A second hold by the same descriptor changes nothing.
    /// - Returns: false if the name is that of another file by now, or of none.
    public func hold() -> Bool {
        guard let file, flock(file.number, LOCK_SH | LOCK_NB) == 0 else { return false }
        // The file may have been renamed before it was held.
        var facts = stat()
        if unsafe stat(path, &facts) == 0, UInt64(facts.st_ino) == inode { return true }
        releaseHold()
        return false
    }

    /// Allows the owner to reuse the file.
    public func releaseHold() {
        if let file { flock(file.number, LOCK_UN) }
    }

    /// For threads of the owner that may be late: prevents the reuse of the file while they touch its pixels.
    /// - Parameter body: must first check that the job still needs the work, because the file may belong to another job
    ///   already.
    /// - Returns: `nil` if the file is being reused now.
    public func withoutReuse<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R? {
        guard let file else { return try body() }
        // Locks belong to open file descriptions, and others may use the owner's descriptor at the same time.
        let descriptor = unsafe Glibc.open("/proc/self/fd/\(file.number)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return nil }
        return try body()
    }

    /// For an owner that is done with the pixels: renames the file, unless another process or thread holds it.
    /// - Returns: its size in bytes; `nil` if it was not renamed.
    public static func renameUnlessHeld(_ path: String, as name: String) -> Int? {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, unsafe fstat(descriptor, &facts) == 0,
            unsafe Glibc.rename(path, name) == 0
        else { return nil }
        return Int(facts.st_size)
    }
}
