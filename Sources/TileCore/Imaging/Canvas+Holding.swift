internal import Glibc

/// A canvas belongs to one job at a time, but its file can go on to another job's (`create(path:size:format:from:)`).
/// Whoever is not the owner holds it while they touch its pixels, and it stays what it is until all have let go. The
/// kernel lets go for a process that ends.
extension Canvas {
    /// Opens a canvas of somebody else and holds it, until it is let go of or closed.
    /// - Throws: `ImagingError` if it is not there, of another size, or on its way to another job.
    public static func holding(path: String, size: PixelSize, format: PixelFormat) throws(ImagingError) -> Canvas {
        let canvas = try open(path: path, size: size, format: format)
        guard canvas.hold() else { throw ImagingError(.canvas, "\(path) is not that canvas any more") }
        return canvas
    }

    /// Keeps the file with its owner. Holding it twice is holding it once.
    /// - Returns: false if its name is another file's by now, or nobody's.
    public func hold() -> Bool {
        guard let file, flock(file.number, LOCK_SH | LOCK_NB) == 0 else { return false }
        // It may have gone before it was held.
        var facts = stat()
        if unsafe stat(path, &facts) == 0, UInt64(facts.st_ino) == inode { return true }
        letGo()
        return false
    }

    /// Allows the owner to give the file away.
    public func letGo() {
        if let file { flock(file.number, LOCK_UN) }
    }

    /// For threads of the owner that may be late: keeps the file from being given away while they touch its pixels.
    /// - Parameter body: has to look first whether the owner still needs that, since it may be another's already.
    /// - Returns: `nil` if it is being given away now.
    public func keeping<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R? {
        guard let file else { return try body() }
        // Locks belong to what was opened, and others may use the owner's descriptor now.
        let descriptor = unsafe Glibc.open("/proc/self/fd/\(file.number)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return nil }
        return try body()
    }

    /// For the owner, who touches its pixels no more: gives the file another name, unless somebody holds it.
    /// - Returns: its bytes; `nil` if it is where it was.
    public static func giveAway(_ path: String, as name: String) -> Int? {
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
