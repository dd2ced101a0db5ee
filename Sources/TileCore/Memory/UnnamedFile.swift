internal import Glibc

/// Files without a name: they take space on their disk until the last descriptor and mapping is closed, however the
/// process ends.
enum UnnamedFile {
    /// Why there is none.
    struct Failure: Error {
        /// What `errno` was.
        let number: Int32
    }

    /// `__O_TMPFILE` of the kernel's interface, which the C library's headers hide behind a macro that Swift cannot read.
    private static let temporary: Int32 = 0o20_000_000 | O_DIRECTORY

    /// Makes an empty file for reading and writing on the disk of a folder, which only its owner can read.
    /// - Parameter folder: the bytes of its path.
    /// - Returns: its descriptor, which belongs to the caller.
    static func open(in folder: some Sequence<UInt8>) throws(Failure) -> Int32 {
        let path = folder.map { CChar(truncatingIfNeeded: $0) } + [0]
        let descriptor = unsafe Glibc.open(path, temporary | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 { return descriptor }
        // EISDIR is how kernels answer that do not know the flag.
        guard errno == EOPNOTSUPP || errno == EISDIR else { throw Failure(number: errno) }
        return try openAndUnlink(in: folder)
    }

    /// The same on file systems that only know files with names: this one has its own for a moment.
    static func openAndUnlink(in folder: some Sequence<UInt8>) throws(Failure) -> Int32 {
        let start = Array(folder)
        while true {
            let name = "/.tilework-unnamed-\(UInt64.random(in: 0...UInt64.max))"
            let path = (start + Array(name.utf8)).map { CChar(truncatingIfNeeded: $0) } + [0]
            let descriptor = unsafe Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
            if descriptor >= 0 {
                _ = unsafe unlink(path)
                return descriptor
            }
            guard errno == EEXIST else { throw Failure(number: errno) }
        }
    }
}
