internal import Glibc

/// Files without a name: they take room on their disk until the last descriptor and mapping is closed, however the
/// process ends.
enum UnnamedFile {
    /// `__O_TMPFILE` of the kernel's interface, which the C library's headers hide behind a macro that Swift cannot read.
    private static let temporary: Int32 = 0o20_000_000 | O_DIRECTORY

    /// Makes an empty file for reading and writing on the disk of `folder`.
    /// - Returns: its descriptor, which belongs to the caller.
    static func open(in folder: String) throws(ImagingError) -> Int32 {
        let descriptor = unsafe Glibc.open(folder, temporary | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 { return descriptor }
        // EISDIR is how kernels answer that do not know the flag.
        guard errno == EOPNOTSUPP || errno == EISDIR else {
            throw .system(.canvas, "cannot make a file in \(folder)", errno: errno)
        }
        return try openAndUnlink(in: folder)
    }

    /// The same on file systems that only know files with names: this one has its own for a moment.
    static func openAndUnlink(in folder: String) throws(ImagingError) -> Int32 {
        while true {
            let path = "\(folder)/unnamed-\(UInt64.random(in: 0...UInt64.max))"
            let descriptor = unsafe Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                _ = unsafe unlink(path)
                return descriptor
            }
            guard errno == EEXIST else { throw .system(.canvas, "cannot make a file in \(folder)", errno: errno) }
        }
    }
}

extension OwnedDescriptor {
    /// Makes an empty file without a name on the disk of `folder`, for reading and writing.
    public static func unnamed(in folder: String) throws(ImagingError) -> OwnedDescriptor {
        OwnedDescriptor(adopting: try UnnamedFile.open(in: folder))
    }
}
